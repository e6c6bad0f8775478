// The baseline: what `arm` saw, brought into a later run's own evidence so that its file stands alone.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/result.h"
#include "evidence/evidence.h"
#include "plan/plan.h"
#include "ports/files.h"

namespace cachewitness::app {

struct BaselineCounts {
  std::uint64_t taken = 0;
  std::uint64_t left_out = 0;  // of cells that the plan does not have
};

// Every probe of the arming run at a cell of the plan, as evidence of role `baseline` with the plan's ids.
// Errors: an unreadable file, or one that is not an arming run's evidence.
[[nodiscard]] base::Result<BaselineCounts> load_baseline(ports::Files& files, const std::string& path,
                                                         const plan::Plan& plan,
                                                         const std::function<void(evidence::Evidence)>& take);

}  // namespace cachewitness::app
