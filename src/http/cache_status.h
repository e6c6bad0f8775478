// Cache-Status (RFC 9211): what each cache on the way says it did. The first hop is the nearest to the
// origin, the last the nearest to us.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/cache_mark.h"

namespace cachewitness::http {

struct CacheStatusHop {
  std::string cache;                           // RFC 9211 2: a name of the deployment's own choice
  bool is_hit = false;                         // 2.1
  std::string forward;                         // 2.2 `fwd`; empty where absent
  std::optional<std::int64_t> forward_status;  // 2.3
  std::optional<std::int64_t> ttl;             // 2.4, in seconds; negative = stale already
  std::optional<bool> is_stored;               // 2.5
  std::optional<bool> is_collapsed;            // 2.6
  std::string key;                             // 2.7; RFC 9211 6: helps an attacker, so not for reports
  std::string detail;                          // 2.8

  [[nodiscard]] CacheMark mark() const;
};

inline constexpr std::size_t max_cache_status_hops = 64;

// Tolerant, because what a cache sends is evidence: a member that is not an item with parameters is left out, and a
// parameter of a type that the RFC does not give it counts as absent.
[[nodiscard]] std::vector<CacheStatusHop> parse_cache_status(std::string_view value);

}  // namespace cachewitness::http
