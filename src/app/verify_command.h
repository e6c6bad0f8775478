// `verify`: the main job. Plan, probe, judge, check, report, gate.
#pragma once

#include <string>

#include "app/options.h"
#include "app/ports.h"
#include "app/purge_ports.h"

namespace cachewitness::app {

// Returns the exit code.
// `journal` is a purge journal to take times and scope from, or, where --purged-at gives a time, to write rounds of
// --repurge to; empty = purge.jsonl where one is needed. `purge_ports` are for --repurge alone.
int run_verify(const Ports& ports, const VerifyOptions& options, const std::string& journal = {},
               const PurgePorts& purge_ports = {});

}  // namespace cachewitness::app
