// A skill made ready: read from its directory, held against its pin, and planned with the inputs of one run. `run`
// carries the plan out, `skill approve` approves it: of the same words both make the same plan.
#pragma once

#include <string>

#include "app/ports.h"
#include "app/run_options.h"
#include "base/result.h"
#include "skill/inputs.h"
#include "skill/run_plan.h"

namespace cachewitness::app {

// `path` is SKILL.md or its directory. A skill without steps is described on standard output and is an error.
[[nodiscard]] base::Result<skill::RunPlan, base::Errors> plan_skill(const Ports& ports, const RunPorts& run_ports,
                                                                    const std::string& path,
                                                                    const skill::GivenInputs& given, bool needs_trust);

}  // namespace cachewitness::app
