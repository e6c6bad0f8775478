// `cachewitness run`: a skill's workflow, planned, approved, carried out.
#pragma once

#include "app/ports.h"
#include "app/run_options.h"

namespace cachewitness::app {

// Returns the exit code (base/error.h).
int run_skill(const Ports& ports, const RunPorts& run_ports, const RunOptions& options);

}  // namespace cachewitness::app
