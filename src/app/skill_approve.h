// `cachewitness skill approve`: shows the plan of a run and writes the record that lets exactly this plan run without
// --yes, for whoever runs it is not always who may decide it.
#pragma once

#include "app/ports.h"
#include "app/run_options.h"

namespace cachewitness::app {

// Returns the exit code.
int run_skill_approve(const Ports& ports, const RunPorts& run_ports, const ApproveOptions& options);

}  // namespace cachewitness::app
