// Caches of one's own, each asked by itself, and any HTTP API by templates.
#pragma once

#include <vector>

#include "purge/provider.h"

namespace cachewitness::purge {

[[nodiscard]] std::vector<Provider> self_hosted_providers();

}  // namespace cachewitness::purge
