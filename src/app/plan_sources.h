// What a plan asks of the machine: where programs are, what files hold, which regions a manifest names.
#pragma once

#include "app/ports.h"
#include "skill/run_plan.h"

namespace cachewitness::app {

// `folder` is the skill's: programs with a slash in their name start there. Borrows `ports`.
[[nodiscard]] skill::PlanSources plan_sources(const Ports& ports, const skill::SkillFolder& folder);

}  // namespace cachewitness::app
