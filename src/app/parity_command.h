// `parity`: what environments do differently, cell by cell; from live edges or from saved evidence.
#pragma once

#include "app/options.h"
#include "app/ports.h"

namespace cachewitness::app {

// Returns the exit code.
int run_parity(const Ports& ports, const ParityOptions& options);

}  // namespace cachewitness::app
