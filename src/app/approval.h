// Whether steps that mutate may run: --yes, or a file in which somebody approved exactly this plan
// (`cachewitness.approval/v1`). The record is no signature: whoever may write the file may approve.
#pragma once

#include <string>
#include <string_view>

#include "app/ports.h"
#include "app/run_options.h"
#include "base/result.h"
#include "base/time.h"
#include "skill/run_plan.h"

namespace cachewitness::app {

// Who approved, for the journal and the log; empty where the plan mutates nothing.
[[nodiscard]] base::Result<std::string> approval_of(const Ports& ports, const skill::RunPlan& plan,
                                                    const RunOptions& options);

// The record that approval_of() takes: `plan` approved by somebody until a moment, which is told in whole seconds.
[[nodiscard]] std::string approval_record(const skill::RunPlan& plan, std::string_view approved_by,
                                          base::Instant until);

}  // namespace cachewitness::app
