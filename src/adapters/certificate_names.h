// CertificateNames: the names that a certificate covers, taken out once, so that asking "this host too?" costs a
// look-up. It agrees with X509_check_host() under X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS and with X509_check_ip(),
// but for the common name, which RFC 9525 2 retired: a certificate without alternative names covers nothing here.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_set>

struct x509_st;

namespace cachewitness::adapters {

class CertificateNames {
 public:
  CertificateNames() = default;
  explicit CertificateNames(const x509_st* certificate);

  // A DNS name in any case, or a numeric address. Allocates nothing.
  [[nodiscard]] bool covers(std::string_view host) const;

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  using Names = std::unordered_set<std::string, Hash, std::equal_to<>>;

  void add_host(std::string_view name);

  Names hosts_;      // lower case
  Names suffixes_;   // ".example.com", of "*.example.com"
  Names addresses_;  // the 4 or 16 bytes
};

}  // namespace cachewitness::adapters
