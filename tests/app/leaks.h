// Leak checks for a fleet in memory: two of its tenants opt in.
#pragma once

#include <string>

#include "app/memory_fleet.h"

namespace cachewitness {

// Every check there is, of the lab's own pages, its account and its tenants' names.
void ask_for_leak_checks(testing::MemoryFleet& fleet);
[[nodiscard]] std::string lab_tenants_without_tags(testing::MemoryFleet& fleet);

}  // namespace cachewitness
