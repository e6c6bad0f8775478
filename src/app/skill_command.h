// `cachewitness skill check | schema | list | trust | log` and `cachewitness log show`: skills and runs, looked at and
// pinned.
#pragma once

#include "app/ports.h"
#include "app/run_options.h"

namespace cachewitness::app {

// Each returns the exit code.
int run_skill_check(const Ports& ports, const RunPorts& run_ports, const SkillOptions& options);
int run_skill_schema(const Ports& ports, const RunPorts& run_ports, const SkillOptions& options);
int run_skill_list(const Ports& ports, const RunPorts& run_ports, const SkillOptions& options);
int run_skill_trust(const Ports& ports, const RunPorts& run_ports, const SkillOptions& options);
int run_skill_log(const Ports& ports, const RunPorts& run_ports, const SkillOptions& options);
int run_log_show(const Ports& ports, const RunPorts& run_ports, const SkillOptions& options);

}  // namespace cachewitness::app
