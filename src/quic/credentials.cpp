#include "quic/credentials.h"

#include <gnutls/gnutls.h>

#include <fmt/format.h>

#include "base/assert.h"
#include "base/text.h"

namespace cachewitness::quic {

std::expected<Credentials, std::string> load_credentials(const std::string& ca_file) {
  gnutls_certificate_credentials_t made = nullptr;
  CW_ASSERT(::gnutls_certificate_allocate_credentials(&made) == GNUTLS_E_SUCCESS);
  Credentials credentials(made, ::gnutls_certificate_free_credentials);
  const int loaded = ca_file.empty()
                         ? ::gnutls_certificate_set_x509_system_trust(made)
                         : ::gnutls_certificate_set_x509_trust_file(made, ca_file.c_str(), GNUTLS_X509_FMT_PEM);
  if (loaded <= 0) {  // how many there were, or an error
    return std::unexpected(fmt::format("cannot load the certificate authorities in \"{}\": {}; check tls.ca",
                                       base::printable(ca_file, 1000),
                                       loaded == 0 ? "there are none" : ::gnutls_strerror(loaded)));
  }
  return credentials;
}

}  // namespace cachewitness::quic
