#include "http/delta_seconds.h"

#include <algorithm>

namespace cachewitness::http {

std::optional<std::int64_t> parse_delta_seconds(std::string_view text) {
  if (text.empty()) {
    return std::nullopt;
  }
  std::int64_t seconds = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') {
      return std::nullopt;
    }
    seconds = std::min(seconds * 10 + (c - '0'), max_delta_seconds);
  }
  return seconds;
}

}  // namespace cachewitness::http
