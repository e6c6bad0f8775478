// Other spellings of one request target. Caches that do not normalise keep an object for each; a purge names one.
#pragma once

#include <string>
#include <string_view>

namespace cachewitness::http {

// The same text for targets (path and query) that mostly stand for one resource: of one percent-encoding (RFC 3986
// 6.2.2), whatever the case of the path, the slashes at its end and the order of the query's parameters. No proof that
// they do: hold the answers against one another.
[[nodiscard]] std::string alias_key(std::string_view target);

// The same for URLs, or the beginnings of some, that mostly lead to one site: whatever their scheme, their port, the
// case of their host (RFC 9110 4.2.3) and a "www." before it.
[[nodiscard]] std::string site_key(std::string_view url);

}  // namespace cachewitness::http
