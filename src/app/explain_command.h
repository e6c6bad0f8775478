// `explain`: the story of single cells out of saved evidence.
#pragma once

#include "app/options.h"
#include "app/ports.h"

namespace cachewitness::app {

// Returns the exit code.
int run_explain(const Ports& ports, const ExplainOptions& options);

}  // namespace cachewitness::app
