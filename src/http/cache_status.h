// Cache-Status (RFC 9211): what each cache on the way says it did. The first hop is the nearest to the
// origin, the last the nearest to us.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/cache_mark.h"

namespace cachewitness::http {

struct CacheStatusHop {
  std::string cache;
  bool is_hit = false;
  std::string forward;                         // RFC 9211 2.2 `fwd`; empty where absent
  std::optional<std::int64_t> forward_status;  // 2.3
  std::optional<std::int64_t> ttl;             // 2.4; negative = stale already
  std::optional<bool> is_stored;               // 2.5
  std::string detail;                          // 2.8

  [[nodiscard]] CacheMark mark() const;
};

[[nodiscard]] std::vector<CacheStatusHop> parse_cache_status(std::string_view value);

}  // namespace cachewitness::http
