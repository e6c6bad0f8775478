// Every URL that one object may be cached under: its own, its aliases, and both with the query in other orders.
#pragma once

#include <string>
#include <vector>

#include "plan/plan.h"
#include "purge/provider.h"

namespace cachewitness::app {

struct CachedUrls {
  std::string url;
  std::vector<std::string> aliases;
  std::vector<std::string> orders;
};

// Of the cell at the lane. Orders of a query are listed where the caches key the query as it stands; of two or three
// parameters all, of more the sorted one.
[[nodiscard]] CachedUrls cached_urls(const plan::Plan& plan, const plan::Lane& lane, const evidence::Cell& cell,
                                     const purge::CacheKey& key);

// The same parameters in their other orders (RFC 3986 3.4), without `url` itself; empty where there is but one.
[[nodiscard]] std::vector<std::string> other_query_orders(const std::string& url);

}  // namespace cachewitness::app
