// What is wrong with a certificate, in the words that the TLS of the other HTTP versions has for it, and what the
// certificate says instead: the next thing that a person would look up.
#pragma once

#include <string>
#include <string_view>

struct gnutls_x509_crt_int;

namespace cachewitness::quic {

// `status` holds GNUTLS_CERT_* bits, at least one. `leaf` may be null.
[[nodiscard]] std::string certificate_fault(unsigned status, gnutls_x509_crt_int* leaf, std::string_view server_name);

}  // namespace cachewitness::quic
