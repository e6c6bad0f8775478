// `arm`: the positive control. Asks every edge for every cell, twice where the first answer was no hit, and
// keeps the evidence.
// evidence.
#pragma once

#include "app/options.h"
#include "app/ports.h"

namespace cachewitness::app {

// Returns the exit code.
int run_arm(const Ports& ports, const ArmOptions& options);

}  // namespace cachewitness::app
