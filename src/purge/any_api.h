// Any HTTP API, by templates of the user's: the provider `http`.
#pragma once

#include "purge/provider.h"

namespace cachewitness::purge {

[[nodiscard]] Provider any_api();

}  // namespace cachewitness::purge
