// The execution log (`cachewitness.log/v1`): what was done, step by step, with times. For whoever reads a
// pipeline's artefacts afterwards, and for agents that run protocols. A value and its rendering; no clock.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/time.h"
#include "report/report.h"

namespace cachewitness::report {

inline constexpr std::string_view log_schema_name = "cachewitness.log/v1";

enum class StepStatus : std::uint8_t { complete, warning, failed, skipped };
[[nodiscard]] std::string_view name(StepStatus status);

// One JSON value as text: what a log says beyond the keys of every log is not read, only handed on.
struct RawJson {
  std::string text;
};

struct LogStep {
  using Extra = std::variant<std::uint64_t, std::string, std::vector<std::string>, RawJson>;

  std::string action;                                 // "executing_cache_header_validation"
  std::string detail;                                 // for a person
  std::vector<std::pair<std::string, Extra>> extras;  // in this order, between `detail` and `duration_ms`
  base::Duration duration{};
  StepStatus status = StepStatus::complete;
};

struct ExecutionLog {
  std::string task;
  std::string agent;
  std::string execution_id;
  base::Instant timestamp;  // of the start
  std::vector<LogStep> steps;
  base::Duration total_duration{};
  std::string outcome;
};

// The object that stands for one step in the log, on one line.
[[nodiscard]] std::string render_step(const LogStep& step, std::size_t number);
// Indented, keys in one order, one final line feed. Steps are numbered from 1.
[[nodiscard]] std::string render_log(const ExecutionLog& log);

// What runs a check's script; empty where it is no script of a known interpreter.
struct CheckRuntime {
  std::string script;   // "cdn-verify.py"
  std::string version;  // "Python 3.11.2"
};

// How long the main job's five steps took, and what only the program knows about them.
struct VerifySteps {
  base::Duration analyzing{};
  base::Duration provisioning{};
  base::Duration validating{};
  base::Duration checking{};
  base::Duration reporting{};
  std::string report_path;             // empty = none was written
  std::vector<CheckRuntime> runtimes;  // of the checks, in their order
  base::Duration purging_again{};      // where there was a closed loop
};

// The log of `verify`: its five actions; where the closed loop had a round, that between.
[[nodiscard]] ExecutionLog make_verify_log(const Run& run, const VerifySteps& steps);

}  // namespace cachewitness::report
