#include "adapters/tls_context.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "adapters/tls_error.h"
#include "base/assert.h"
#include "base/text.h"

namespace cachewitness::adapters {

namespace {

// A session keeps its certificate chain, some kilobytes. A run over more pairs than this shakes hands anew.
constexpr std::size_t max_sessions = 16384;
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

// The session key that a stream was opened with; OpenSSL frees it together with the stream.
void free_session_key(void* /*parent*/, void* key, CRYPTO_EX_DATA* /*data*/, int /*index*/, long /*argument*/,
                      void* /*pointer*/) {
  delete static_cast<std::string*>(key);
}

int session_key_index() {
  static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, free_session_key);
  return index;
}

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
void TlsContext::SessionFree::operator()(ssl_session_st* session) const { ::SSL_SESSION_free(session); }

TlsContext::TlsContext(ssl_ctx_st* context) : context_(context), scratch_(max_record_bytes) {
  CW_ASSERT(context_ != nullptr);
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_read_ahead(context, 1);
  ::SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_app_data(context, this);
}

std::expected<std::shared_ptr<TlsContext>, std::string> TlsContext::for_clients(const std::string& ca_file) {
  ::ERR_clear_error();
  std::shared_ptr<TlsContext> made(new TlsContext(::SSL_CTX_new(::TLS_client_method())));
  SSL_CTX* const context = made->context_.get();
  ::SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  ::SSL_CTX_sess_set_new_cb(context, &TlsContext::keep_session);
  const int loaded = ca_file.empty() ? ::SSL_CTX_set_default_verify_paths(context)
                                     : ::SSL_CTX_load_verify_file(context, ca_file.c_str());
  if (loaded != 1) {
    return std::unexpected(fmt::format("cannot load the certificate authorities in \"{}\": {}; check tls.ca",
                                       base::printable(ca_file, 1000), take_tls_error()));
  }
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

SslPointer TlsContext::open_client(const ports::TlsClient& settings, const base::SocketAddress& to) {
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
  if (settings.is_resuming) {
    resume(ssl.get(), settings.server_name + ' ' + to.text());
  }
  ::SSL_set_connect_state(ssl.get());
  return ssl;
}

void TlsContext::resume(ssl_st* ssl, const std::string& key_text) {
  auto key = std::make_unique<std::string>(key_text);
  if (const auto known = sessions_.find(*key); known != sessions_.end()) {
    ::SSL_set_session(ssl, known->second.get());
  }
  ::SSL_set_ex_data(ssl, session_key_index(), key.release());
}

SslPointer TlsContext::open_server() {
  ::ERR_clear_error();
  SslPointer ssl(::SSL_new(context_.get()));
  CW_ASSERT(ssl != nullptr);
  ::SSL_set_accept_state(ssl.get());
  return ssl;
}

// Called by OpenSSL for each ticket. Returning 1 takes the session over.
int TlsContext::keep_session(ssl_st* ssl, ssl_session_st* session) noexcept {
  auto* const self = static_cast<TlsContext*>(SSL_CTX_get_app_data(::SSL_get_SSL_CTX(ssl)));
  const auto* const key = static_cast<const std::string*>(::SSL_get_ex_data(ssl, session_key_index()));
  if (key == nullptr || (self->sessions_.size() >= max_sessions && !self->sessions_.contains(*key))) {
    return 0;
  }
  self->sessions_.insert_or_assign(*key, std::unique_ptr<ssl_session_st, SessionFree>(session));
  return 1;
}

}  // namespace cachewitness::adapters
