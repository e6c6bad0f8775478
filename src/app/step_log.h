// What the execution log says of one attempt of a step, beyond the keys of every log.
#pragma once

#include <string>
#include <vector>

#include "app/ports.h"
#include "base/time.h"
#include "ports/processes.h"
#include "report/execution_log.h"
#include "skill/course.h"
#include "skill/run_plan.h"

namespace cachewitness::app {

struct AttemptFacts {
  std::string id;  // of the instance
  std::uint32_t attempts = 1;
  std::vector<std::string> argv;
  std::string folder;  // where its output lies; empty = it was never started
  base::Instant started_at;
  base::Duration duration{};
  bool is_rollback = false;
};

[[nodiscard]] report::LogStep log_step(const skill::Step& step, const AttemptFacts& facts, const skill::AttemptEnd& end,
                                       const ports::ProcessOutcome* outcome);
// Of a step that was skipped, or could not be started.
[[nodiscard]] report::LogStep log_decision(const skill::Step& step, const std::string& id, report::StepStatus status,
                                           const std::string& reason);
// The steps of a command's own log, in place of the one: `whole` gives the last of them what it knows.
[[nodiscard]] std::vector<report::LogStep> spliced(const report::LogStep& whole, std::vector<report::LogStep> own);

}  // namespace cachewitness::app
