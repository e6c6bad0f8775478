// CacheMark: what an edge says it did with a request, whatever words its vendor uses for it.
#pragma once

#include <cstdint>
#include <string_view>

namespace cachewitness::http {

enum class CacheMark : std::uint8_t {
  none,          // it does not say
  hit,           // served from store
  miss,          // fetched: nothing stored
  expired,       // fetched: what was stored had expired
  stale,         // served from store although expired or purged softly
  updating,      // the same, while another request fetches
  revalidated,   // served from store after the origin said 304
  bypass,        // fetched by configuration; not stored
  negative_hit,  // an error served from store
  error,         // the edge made the answer itself
};

[[nodiscard]] std::string_view name(CacheMark mark);

// The bytes came out of a store: an object that existed before this request.
[[nodiscard]] constexpr bool is_from_store(CacheMark mark) {
  return mark == CacheMark::hit || mark == CacheMark::stale || mark == CacheMark::updating ||
         mark == CacheMark::revalidated || mark == CacheMark::negative_hit;
}

// They were fetched for this request, and may be stored.
[[nodiscard]] constexpr bool is_fetched(CacheMark mark) {
  return mark == CacheMark::miss || mark == CacheMark::expired;
}

}  // namespace cachewitness::http
