// delta-seconds (RFC 9111 1.2.2): the one number that Age and Cache-Control share.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace cachewitness::http {

inline constexpr std::int64_t max_delta_seconds = std::int64_t{1} << 31;

// Digits alone; anything greater than 2^31 counts as 2^31.
[[nodiscard]] std::optional<std::int64_t> parse_delta_seconds(std::string_view text);

}  // namespace cachewitness::http
