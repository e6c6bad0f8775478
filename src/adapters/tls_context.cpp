#include "adapters/tls_context.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "adapters/lean_crypto.h"
#include "adapters/sha256.h"
#include "adapters/tls_error.h"
#include "base/assert.h"
#include "base/text.h"

namespace cachewitness::adapters {

namespace {

// OpenSSL's own, but what a processor does fastest first: servers mostly let the client choose.
constexpr const char* ciphersuites = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";
constexpr std::size_t max_record_bytes = 16384;  // RFC 8446 5.1

struct BioFree {
  void operator()(BIO* bio) const { ::BIO_free(bio); }
};
using BioPointer = std::unique_ptr<BIO, BioFree>;
struct CertificateFree {
  void operator()(X509* certificate) const { ::X509_free(certificate); }
};
using CertificatePointer = std::unique_ptr<X509, CertificateFree>;
struct KeyFree {
  void operator()(EVP_PKEY* key) const { ::EVP_PKEY_free(key); }
};

int choose_protocol(SSL* /*ssl*/, const unsigned char** chosen, unsigned char* chosen_bytes,
                    const unsigned char* offered, unsigned offered_bytes, void* protocols) {
  const auto& own = *static_cast<const std::string*>(protocols);
  unsigned char* match = nullptr;
  if (own.empty() ||
      ::SSL_select_next_proto(&match, chosen_bytes, reinterpret_cast<const unsigned char*>(own.data()),
                              static_cast<unsigned>(own.size()), offered, offered_bytes) != OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_NOACK;
  }
  *chosen = match;
  return SSL_TLSEXT_ERR_OK;
}

BioPointer open_text(const std::string& pem) {
  return BioPointer(::BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
}

// The leaf first, then the chain, as in the files that certificate authorities hand out.
bool use_certificates(SSL_CTX* context, const std::string& pem) {
  const BioPointer text = open_text(pem);
  const CertificatePointer leaf(::PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr));
  if (leaf == nullptr || ::SSL_CTX_use_certificate(context, leaf.get()) != 1) {
    return false;
  }
  while (X509* const link = ::PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr)) {
    SSL_CTX_add_extra_chain_cert(context, link);  // takes it over
  }
  ::ERR_clear_error();  // "no start line": the text is at its end
  return true;
}

bool use_private_key(SSL_CTX* context, const std::string& pem) {
  const BioPointer text = open_text(pem);
  const std::unique_ptr<EVP_PKEY, KeyFree> key(::PEM_read_bio_PrivateKey(text.get(), nullptr, nullptr, nullptr));
  return key != nullptr && ::SSL_CTX_use_PrivateKey(context, key.get()) == 1 &&
         ::SSL_CTX_check_private_key(context) == 1;
}

// RFC 7301 3.1: each name behind its length.
std::string wire_format(const std::vector<std::string>& protocols) {
  std::string wire;
  for (const std::string& protocol : protocols) {
    wire += static_cast<char>(protocol.size());
    wire += protocol;
  }
  return wire;
}

void append_number(std::string& out, std::int64_t number) {
  out.append(reinterpret_cast<const char*>(&number), sizeof number);
}

void append_status(std::string& out, const char* variable, const char* otherwise) {
  const char* const named = ::secure_getenv(variable);
  const char* const path = named != nullptr ? named : otherwise;
  struct stat status{};
  static_cast<void>(::stat(path, &status));  // nothing there is a state as well
  out += path;
  append_number(out, status.st_mtim.tv_sec);
  append_number(out, status.st_mtim.tv_nsec);
  append_number(out, status.st_size);
}

// The system's authorities are hundreds of files, read one by one as they are needed: their folder's and their
// bundle's times stand for them. A session that is kept is verified again in any case.
base::Digest digest_of_system_trust() {
  std::string state = "system";
  append_status(state, ::X509_get_default_cert_file_env(), ::X509_get_default_cert_file());
  append_status(state, ::X509_get_default_cert_dir_env(), ::X509_get_default_cert_dir());
  return sha256(state);
}

base::Digest digest_of_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string content((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  return sha256(content);
}

// Whose sessions are whose. A name holds no NUL, and an address has always the same size.
void write_key(std::string& key, const std::string& server_name, const std::string& protocols,
               const base::SocketAddress& to) {
  key.assign(server_name).append(1, '\0').append(protocols).append(1, '\0');
  key.append(reinterpret_cast<const char*>(to.bytes.data()), to.bytes.size());
  key += to.family == base::SocketAddress::Family::v4 ? '4' : '6';
  key += static_cast<char>(to.port >> 8);
  key += static_cast<char>(to.port & 0xFF);
}

// RFC 6066 3: an address is no server name, so it is verified but not sent.
bool expect_name(SSL* ssl, const std::string& name) {
  if (name.empty()) {
    return false;  // OpenSSL would take it for "any name will do"
  }
  X509_VERIFY_PARAM* const rules = ::SSL_get0_param(ssl);
  if (base::parse_ip(name, 0)) {
    return ::X509_VERIFY_PARAM_set1_ip_asc(rules, name.c_str()) == 1;
  }
  ::X509_VERIFY_PARAM_set_hostflags(rules, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  // The macro SSL_set_tlsext_host_name, without its old-style cast; the name is copied.
  return ::SSL_set1_host(ssl, name.c_str()) == 1 &&
         ::SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, const_cast<char*>(name.c_str())) == 1;
}

}  // namespace

void SslFree::operator()(ssl_st* ssl) const {
  // Without this, OpenSSL takes the stream for broken off and forbids its session to be resumed.
  ::SSL_set_shutdown(ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
  ::SSL_free(ssl);
}
void TlsContext::ContextFree::operator()(ssl_ctx_st* context) const { ::SSL_CTX_free(context); }

TlsContext::TlsContext(ssl_ctx_st* context) : context_(context), scratch_(max_record_bytes) {
  CW_ASSERT(context_ != nullptr);
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_read_ahead(context, 1);
  ::SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION);
}

std::expected<std::shared_ptr<TlsContext>, std::string> TlsContext::for_clients(const std::string& ca_file) {
  ::ERR_clear_error();
  std::shared_ptr<TlsContext> made(new TlsContext(::SSL_CTX_new_ex(lean_crypto(), nullptr, ::TLS_client_method())));
  SSL_CTX* const context = made->context_.get();
  ::SSL_CTX_set_ciphersuites(context, ciphersuites);
  ::SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  ::SSL_CTX_set_cert_verify_callback(context, &TlsContext::verify, made.get());
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  ::SSL_CTX_sess_set_new_cb(context, &TlsContext::keep_session);
  const int loaded = ca_file.empty() ? ::SSL_CTX_set_default_verify_paths(context)
                                     : ::SSL_CTX_load_verify_file(context, ca_file.c_str());
  if (loaded != 1) {
    return std::unexpected(fmt::format("cannot load the certificate authorities in \"{}\": {}; check tls.ca",
                                       base::printable(ca_file, 1000), take_tls_error()));
  }
  made->trust_ = ca_file.empty() ? digest_of_system_trust() : digest_of_file(ca_file);
  return made;
}

base::Result<std::shared_ptr<TlsContext>> TlsContext::for_server(const ports::TlsServer& identity) {
  ::ERR_clear_error();
  std::shared_ptr<TlsContext> made(new TlsContext(::SSL_CTX_new(::TLS_server_method())));
  SSL_CTX* const context = made->context_.get();
  if (!use_certificates(context, identity.certificate_pem) || !use_private_key(context, identity.private_key_pem)) {
    return base::fail(base::errors::usage,
                      fmt::format("cannot use the server's certificate and key: {}; give a PEM pair that belongs "
                                  "together",
                                  take_tls_error()));
  }
  made->protocols_ = wire_format(identity.alpn);
  ::SSL_CTX_set_alpn_select_cb(context, choose_protocol, &made->protocols_);
  return made;
}

SslPointer TlsContext::open_client(const ports::TlsClient& settings, const base::SocketAddress& to, TlsPeer& peer) {
  ::ERR_clear_error();
  SslPointer ssl(::SSL_new(context_.get()));
  const std::string protocols = wire_format(settings.alpn);
  if (ssl == nullptr || !expect_name(ssl.get(), settings.server_name)) {
    return nullptr;
  }
  // Returns 0 for success, unlike all its neighbours.
  if (!protocols.empty() && ::SSL_set_alpn_protos(ssl.get(), reinterpret_cast<const unsigned char*>(protocols.data()),
                                                  static_cast<unsigned>(protocols.size())) != 0) {
    return nullptr;
  }
  SSL_set_app_data(ssl.get(), &peer);
  if (settings.is_resuming) {
    write_key(key_, settings.server_name, protocols, to);
    peer.slot = sessions_.slot(key_);
    offer_session(ssl.get(), settings.server_name, peer);
  }
  ::SSL_set_connect_state(ssl.get());
  return ssl;
}

// The name and the chain were verified when the session was made; they must still be good now.
void TlsContext::offer_session(ssl_st* ssl, const std::string& server_name, TlsPeer& peer) {
  const std::int64_t now = verification_time(::SSL_CTX_get0_param(context_.get()));
  TlsTicket* const ticket = peer.slot != nullptr ? peer.slot->take(now) : nullptr;
  if (ticket == nullptr) {
    return;
  }
  if (ticket->chain == nullptr) {
    ticket->chain = verifier_.verify_kept(context_.get(), *ticket->certificates);
  }
  const bool is_good =
      ticket->chain != nullptr && ticket->chain->is_valid_at(now) && ticket->chain->names.covers(server_name);
  const SessionPointer session = is_good ? read_session(ticket->state) : nullptr;
  if (session == nullptr || ::SSL_set_session(ssl, session.get()) != 1) {
    ::ERR_clear_error();
    peer.slot->forget();
    return;
  }
  peer.offered = ticket->chain;
}

SslPointer TlsContext::open_server() {
  ::ERR_clear_error();
  SslPointer ssl(::SSL_new(context_.get()));
  CW_ASSERT(ssl != nullptr);
  ::SSL_set_accept_state(ssl.get());
  return ssl;
}

ChainPointer TlsContext::chain_of(const ssl_st* ssl, const TlsPeer& peer) {
  return ::SSL_session_reused(ssl) == 1 ? peer.offered : peer.presented;
}

// Called by OpenSSL for each ticket. Returning 0 leaves the session with it.
int TlsContext::keep_session(ssl_st* ssl, ssl_session_st* session) noexcept {
  const auto* const peer = static_cast<const TlsPeer*>(SSL_get_app_data(ssl));
  ChainPointer chain = chain_of(ssl, *peer);
  if (peer->slot != nullptr && chain != nullptr && ::SSL_SESSION_is_resumable(session) == 1) {
    std::string state = write_session(session);
    if (!state.empty()) {
      auto certificates = chain->certificates;
      peer->slot->keep({std::move(state), session_end(session), std::move(certificates), std::move(chain)});
    }
  }
  return 0;
}

int TlsContext::verify(x509_store_ctx_st* verification, void* self) noexcept {
  const auto* const ssl =
      static_cast<const SSL*>(::X509_STORE_CTX_get_ex_data(verification, ::SSL_get_ex_data_X509_STORE_CTX_idx()));
  auto* const peer = static_cast<TlsPeer*>(SSL_get_app_data(ssl));
  return static_cast<TlsContext*>(self)->verifier_.verify(verification, peer->presented);
}

void TlsContext::adopt(ArchivedSession session) {
  if (TlsSlot* const slot = sessions_.slot(session.key); slot != nullptr) {
    slot->keep({std::move(session.state), session.expires_at, std::move(session.certificates), nullptr});
  }
}

void TlsContext::archive(std::vector<ArchivedSession>& out) const {
  for (const auto& [key, slot] : sessions_.slots()) {
    for (const TlsTicket& ticket : slot.tickets()) {
      out.push_back({trust_, key, ticket.expires_at, ticket.state, ticket.certificates});
    }
  }
}

}  // namespace cachewitness::adapters
