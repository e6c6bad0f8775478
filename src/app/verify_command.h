// `verify`: the main job. Plan, probe, judge, check, report, gate.
#pragma once

#include "app/options.h"
#include "app/ports.h"

namespace cachewitness::app {

// Returns the exit code.
int run_verify(const Ports& ports, const VerifyOptions& options);

}  // namespace cachewitness::app
