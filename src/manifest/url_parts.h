// The parts of an absolute http or https URL as a request needs them. Views into the text; strict, and
// no normalising: a cache key is made of the bytes that are sent.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace cachewitness::manifest {

struct UrlParts {
  bool is_tls = true;
  std::string_view host;       // without a port; with brackets where it is an IPv6 address
  std::uint16_t port = 443;    // the scheme's default where the URL has none
  std::string_view authority;  // what Host carries: the port is there only where it is not the scheme's
  std::string_view target;     // path and query; "/" where the URL has none
};

// The unexpected is one phrase for a person, such as `the port "99999" is not 1 to 65535`.
[[nodiscard]] std::expected<UrlParts, std::string> split_url(std::string_view url);

// A host name (RFC 1123 2.1, with '_') or an address, with an optional port.
[[nodiscard]] bool is_valid_authority(std::string_view authority);

// Empty where `asset` may stand in a request target: it starts with '/', is printable ASCII without
// spaces and '#', and not longer than 8 KiB. Otherwise what is wrong with it.
[[nodiscard]] std::string asset_fault(std::string_view asset);

}  // namespace cachewitness::manifest
