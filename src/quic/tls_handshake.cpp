#include "quic/tls_handshake.h"

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <ngtcp2/ngtcp2_crypto.h>
#include <ngtcp2/ngtcp2_crypto_gnutls.h>

#include <array>
#include <utility>

#include "base/assert.h"
#include "base/socket_address.h"
#include "base/text.h"
#include "quic/certificate_fault.h"

namespace cachewitness::quic {

namespace {

// RFC 9001 5.3: the AEADs of TLS 1.3 but for the one with the short tag. RFC 9001 8.4: no compatibility mode.
constexpr const char* priorities =
    "NORMAL:-VERS-ALL:+VERS-TLS1.3:-CIPHER-ALL:+AES-128-GCM:+AES-256-GCM:+CHACHA20-POLY1305:"
    "%DISABLE_TLS13_COMPAT_MODE";
constexpr std::string_view protocol = "h3";

}  // namespace

struct TlsHandshake::Demands {
  explicit Demands(std::string_view server_name) : name(server_name) {
    data[0].type = GNUTLS_DT_DNS_HOSTNAME;  // or a numeric address
    data[0].data = reinterpret_cast<unsigned char*>(name.data());
    data[0].size = static_cast<unsigned>(name.size());
    data[1].type = GNUTLS_DT_KEY_PURPOSE_OID;
    data[1].data = reinterpret_cast<unsigned char*>(purpose.data());
    data[1].size = static_cast<unsigned>(purpose.size());
  }

  std::string name;
  std::string purpose = GNUTLS_KP_TLS_WWW_SERVER;
  std::array<gnutls_typed_vdata_st, 2> data{};
};

TlsHandshake::~TlsHandshake() = default;

void TlsHandshake::Free::operator()(gnutls_session_int* session) const { ::gnutls_deinit(session); }
void TlsHandshake::Free::operator()(gnutls_x509_crt_int* certificate) const { ::gnutls_x509_crt_deinit(certificate); }

TlsHandshake::TlsHandshake(Credentials credentials, std::string_view server_name, ngtcp2_crypto_conn_ref& connection)
    : credentials_(std::move(credentials)), demands_(std::make_unique<Demands>(server_name)) {
  CW_ASSERT(!server_name.empty());  // GnuTLS would take it for "any name will do"
  gnutls_session_t session = nullptr;
  CW_ASSERT(::gnutls_init(&session, GNUTLS_CLIENT) == GNUTLS_E_SUCCESS);
  session_.reset(session);
  CW_ASSERT(::gnutls_priority_set_direct(session, priorities, nullptr) == GNUTLS_E_SUCCESS);
  CW_ASSERT(::ngtcp2_crypto_gnutls_configure_client_session(session) == 0);
  ::gnutls_session_set_ptr(session, &connection);
  CW_ASSERT(::gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, credentials_.get()) == GNUTLS_E_SUCCESS);
  std::array<unsigned char, protocol.size()> name{};
  protocol.copy(reinterpret_cast<char*>(name.data()), name.size());
  const gnutls_datum_t alpn{name.data(), name.size()};
  CW_ASSERT(::gnutls_alpn_set_protocols(session, &alpn, 1, GNUTLS_ALPN_MANDATORY) == GNUTLS_E_SUCCESS);
  if (!base::parse_ip(server_name, 0)) {  // RFC 6066 3: an address is no server name, so it is verified but not sent
    // A name that GnuTLS cannot send (it is no host name) matches no certificate either.
    ::gnutls_server_name_set(session, GNUTLS_NAME_DNS, server_name.data(), server_name.size());
  }
  ::gnutls_session_set_verify_cert2(session, demands_->data.data(), static_cast<unsigned>(demands_->data.size()), 0);
}

// Null where the peer has shown none yet, or none that can be read.
TlsHandshake::Certificate TlsHandshake::read_leaf() const {
  unsigned count = 0;
  const gnutls_datum_t* const shown = ::gnutls_certificate_get_peers(session_.get(), &count);
  gnutls_x509_crt_t certificate = nullptr;
  if (shown == nullptr || count == 0 || ::gnutls_x509_crt_init(&certificate) != GNUTLS_E_SUCCESS) {
    return nullptr;
  }
  Certificate leaf(certificate);
  return ::gnutls_x509_crt_import(certificate, &shown[0], GNUTLS_X509_FMT_DER) == GNUTLS_E_SUCCESS ? std::move(leaf)
                                                                                                   : nullptr;
}

std::string TlsHandshake::certificate_fault() const {
  const unsigned status = ::gnutls_session_get_verify_cert_status(session_.get());
  if (status == 0 || status == static_cast<unsigned>(-1)) {  // good, or not looked at
    return {};
  }
  return quic::certificate_fault(status, read_leaf().get(), demands_->name);
}

void TlsHandshake::describe(ports::PeerInfo& out) {
  leaf_ = read_leaf();
  out.tls_version = "TLSv1.3";  // the only one that QUIC has (RFC 9001 4.2)
  out.protocol = protocol;
  unsigned count = 0;
  const gnutls_datum_t* const shown = ::gnutls_certificate_get_peers(session_.get(), &count);
  std::array<char, 32> digest{};
  std::size_t size = digest.size();
  if (shown != nullptr && count > 0 &&
      ::gnutls_fingerprint(GNUTLS_DIG_SHA256, &shown[0], digest.data(), &size) == GNUTLS_E_SUCCESS) {
    out.certificate_sha256 = base::hex({digest.data(), size});
  }
}

bool TlsHandshake::covers(std::string_view host) const {
  return leaf_ != nullptr && ::gnutls_x509_crt_check_hostname2(leaf_.get(), std::string(host).c_str(), 0) != 0;
}

}  // namespace cachewitness::quic
