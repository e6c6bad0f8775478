// Whether steps that mutate may run: --yes, or a file in which somebody approved exactly this plan.
#pragma once

#include <string>

#include "app/ports.h"
#include "app/run_options.h"
#include "base/result.h"
#include "skill/run_plan.h"

namespace cachewitness::app {

// Who approved, for the journal and the log; empty where the plan mutates nothing.
[[nodiscard]] base::Result<std::string> approval_of(const Ports& ports, const skill::RunPlan& plan,
                                                    const RunOptions& options);

}  // namespace cachewitness::app
