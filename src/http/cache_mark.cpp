#include "http/cache_mark.h"

#include <array>
#include <cstddef>

namespace cachewitness::http {

std::string_view name(CacheMark mark) {
  constexpr std::array<std::string_view, 10> names{"none",     "hit",         "miss",   "expired",      "stale",
                                                   "updating", "revalidated", "bypass", "negative-hit", "error"};
  return names.at(static_cast<std::size_t>(mark));
}

}  // namespace cachewitness::http
