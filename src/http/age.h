// Age (RFC 9111 5.1): seconds since an object was generated or validated, as the cache estimates it.
// Its absence proves nothing: a cache may leave it out on a hit.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace cachewitness::http {

// The first member of the joined field that is a delta-seconds (RFC 9111 5.1: an invalid value is ignored).
[[nodiscard]] std::optional<std::int64_t> parse_age(std::string_view value);

}  // namespace cachewitness::http
