// Credentials: the certificate authorities that a run trusts, as GnuTLS keeps them. Loaded once a trust store, for
// reading one costs as much as ten handshakes; shared by the connections.
#pragma once

#include <expected>
#include <memory>
#include <string>

struct gnutls_certificate_credentials_st;

namespace cachewitness::quic {

using Credentials = std::shared_ptr<gnutls_certificate_credentials_st>;

// A PEM bundle; empty = the system's trust store. The text of an unexpected result says what is wrong with the file.
[[nodiscard]] std::expected<Credentials, std::string> load_credentials(const std::string& ca_file);

}  // namespace cachewitness::quic
