// `verify`: the main job. Plan, probe, judge, check, report, gate.
#pragma once

#include <string>

#include "app/options.h"
#include "app/ports.h"

namespace cachewitness::app {

// Returns the exit code.
// `journal` is a purge journal to take the times from; empty = as --purged-at says.
int run_verify(const Ports& ports, const VerifyOptions& options, const std::string& journal = {});

}  // namespace cachewitness::app
