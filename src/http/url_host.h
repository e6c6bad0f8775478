// Who a URL asks, read off its text. For URLs that were checked before, or that stand in evidence: a text that is no
// URL gives what stands where a host would.
#pragma once

#include <string_view>

namespace cachewitness::http {

// "www.example.com:8443" of "https://www.example.com:8443/app.js" (RFC 3986 3.2).
[[nodiscard]] std::string_view url_authority(std::string_view url);

// The same without its port (RFC 3986 3.2.2): "www.example.com", "[::1]".
[[nodiscard]] std::string_view url_host(std::string_view url);

}  // namespace cachewitness::http
