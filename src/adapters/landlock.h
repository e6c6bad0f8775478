// Landlock: rules by which the kernel keeps a process, and all that it starts, to a part of the file system.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "adapters/unique_fd.h"
#include "ports/confinement.h"

namespace cachewitness::adapters {

// The newest ABI version that this kernel speaks; 0 where it has no Landlock or it is switched off.
[[nodiscard]] std::uint32_t landlock_abi();

// Rules of ABI version `abi`, which is not 0, for apply_landlock(); `own` is what the program needs to start at all.
// Not open where the kernel refused them.
[[nodiscard]] UniqueFd make_landlock_rules(std::uint32_t abi, const ports::FileAccess& files,
                                           const std::vector<std::string>& own);

// To the calling thread, for good. Requires no_new_privs. Returns 0 or errno; allocates nothing.
[[nodiscard]] int apply_landlock(int rules);

}  // namespace cachewitness::adapters
