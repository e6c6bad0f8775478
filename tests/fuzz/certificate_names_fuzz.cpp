// A certificate is its peer's own work. The names taken from it must cover no host that OpenSSL would refuse, and
// miss none that an alternative name covers. Input: a host, a line feed, a certificate in DER.
#include <openssl/x509v3.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "adapters/certificate_names.h"
#include "base/assert.h"
#include "base/socket_address.h"

namespace {

struct Free {
  void operator()(X509* certificate) const { ::X509_free(certificate); }
};

bool openssl_says(X509* certificate, const std::string& host) {
  constexpr unsigned flags = X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT;
  return cachewitness::base::parse_ip(host, 0)
             ? ::X509_check_ip_asc(certificate, host.c_str(), 0) == 1
             : ::X509_check_host(certificate, host.data(), host.size(), flags, nullptr) == 1;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t line = input.find('\n');
  // OpenSSL takes a dot in front for "any subdomain", a NUL for the end, and no name for every name.
  if (line == std::string_view::npos || line == 0 || line > 255 || input.front() == '.' ||
      input.substr(0, line).contains('\0')) {
    return 0;
  }
  const std::string host(input.substr(0, line));
  const auto* at = data + line + 1;
  const std::unique_ptr<X509, Free> certificate(::d2i_X509(nullptr, &at, static_cast<long>(size - line - 1)));
  if (certificate != nullptr) {
    const cachewitness::adapters::CertificateNames names(certificate.get());
    CW_ASSERT(names.covers(host) == openssl_says(certificate.get(), host));
  }
  return 0;
}
