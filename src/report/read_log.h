// Execution logs as they stand in files: back to values, and as a page for a person.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "report/execution_log.h"

namespace cachewitness::report {

// What render_log() wrote, or another program that keeps to the contract's keys; `schema` may be absent. Further keys
// of a step are its extras.
[[nodiscard]] base::Result<ExecutionLog> read_log(std::string_view text, const std::string& file);

// "complete", "warning", "failed" or "skipped"; nothing for any other word.
[[nodiscard]] std::optional<StepStatus> parse_step_status(std::string_view word);

// One object of a log's `steps`.
[[nodiscard]] base::Result<LogStep> read_log_step(std::string_view text);

// For a person: nothing in it reaches the terminal unescaped.
[[nodiscard]] std::string describe_log(const ExecutionLog& log, bool is_verbose);

}  // namespace cachewitness::report
