// The part of the command line that is about skills: run, skill, log. Also tells which options the commands have that a
// step may name.
#pragma once

#include <functional>

#include "app/ports.h"
#include "app/run_options.h"

namespace CLI {
class App;
}

namespace cachewitness::app {

// What the subcommands bind into; outlives the parsing.
struct SkillCommandLine {
  RunOptions run;
  ApproveOptions approve;
  SkillOptions skill;
};

using RunCommand = std::function<int(const Ports& ports, const RunPorts& run_ports)>;

// `chosen` gets the command that was named. Called after the other commands were added.
void add_skill_commands(CLI::App& app, SkillCommandLine& line, const std::function<void(RunCommand)>& choose);

// Every command of `app` with its long options.
[[nodiscard]] skill::Commands commands_of(const CLI::App& app);

// Over the real machine.
[[nodiscard]] RunPorts real_run_ports(const CLI::App& app);

}  // namespace cachewitness::app
