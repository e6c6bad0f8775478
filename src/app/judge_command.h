// `judge`: the verdicts of saved evidence, the same bytes as the run's own report. No network.
#pragma once

#include "app/options.h"
#include "app/ports.h"

namespace cachewitness::app {

// Returns the exit code.
int run_judge(const Ports& ports, const JudgeOptions& options);

}  // namespace cachewitness::app
