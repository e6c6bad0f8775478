// The keys of `policy.mask`.
#pragma once

#include "manifest/bind.h"
#include "manifest/key_table.h"
#include "manifest/policy.h"

namespace cachewitness::manifest {

// Its owner is a BodyMask.
[[nodiscard]] const Table& mask_table();
// Patterns that are none or mask nothing, and texts of which one is missing.
void check_masks(const Policy& policy, const YamlNode& root, Binder& binder);

}  // namespace cachewitness::manifest
