// What `run` and `skill` say on the command line, and what they need beyond the ports of every command.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/options.h"
#include "app/step_pool.h"
#include "base/result.h"
#include "ports/processes.h"
#include "ports/synced_file.h"
#include "skill/actions.h"

namespace cachewitness::app {

struct RunOptions {
  std::string skill;                // SKILL.md or its directory; may be left out with `resume`
  std::vector<std::string> inputs;  // "name=value"
  std::string resume;               // a run's id or directory, or "last"
  std::vector<std::string> repeat;  // steps that may be started again though nobody knows what they did
  std::string approval;             // a file
  std::string directory;            // of the run; empty = one below the state directory
  std::string log;                  // a further copy of the execution log
  std::optional<base::Duration> timeout;
  Format format = Format::text;
  bool is_dry_run = false;
  bool is_confirmed = false;
  bool needs_trust = false;
  bool needs_sandbox = false;
  bool is_quiet = false;
  bool is_verbose = false;
};

// Of `skill approve`.
struct ApproveOptions {
  std::string skill;
  std::vector<std::string> inputs;  // "name=value"
  std::string file;                 // the record; "-" = standard output
  std::string by;                   // empty = $USER or $LOGNAME
  std::string until;                // RFC 3339; empty = `lasts`
  base::Duration lasts = std::chrono::hours(1);
  std::string plan;  // the digest that was looked at; empty = whatever it is now
  bool needs_trust = false;
};

struct SkillOptions {
  std::vector<std::string> paths;
  std::string run;  // of `skill log`
  Format format = Format::text;
  bool is_removing = false;
  bool is_verbose = false;
};

struct RunPorts {
  std::function<base::Result<std::unique_ptr<ports::SyncedFile>>(const std::string& path, bool is_new)> journal;
  std::function<std::unique_ptr<StepPool>(ports::Processes& processes)> pool;
  std::string program;  // our own, absolute
  skill::Commands commands;
};

}  // namespace cachewitness::app
