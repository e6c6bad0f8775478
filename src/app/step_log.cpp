#include "app/step_log.h"

#include <algorithm>

#include "adapters/sha256.h"
#include "base/json_writer.h"
#include "skill/value.h"

namespace cachewitness::app {

namespace {

using report::LogStep;
using report::RawJson;

// Outputs are in the journal whole; a log is read by people.
constexpr std::size_t longest_outputs = 4000;

// `written` counts what was dropped too.
RawJson stream_json(const std::string& path, const std::string& kept, std::uint64_t written) {
  std::string text;
  base::JsonWriter json(text, base::JsonWriter::Layout::compact);
  json.begin_object();
  json.member("path", path);
  json.member("bytes", written);
  json.member("kept_bytes", kept.size());
  json.member("sha256", adapters::sha256(kept).hex());
  json.end_object();
  return {std::move(text)};
}

void add_outcome(LogStep& step, const AttemptFacts& facts, const ports::ProcessOutcome& outcome) {
  step.extras.emplace_back(outcome.is_signalled ? "signal" : "exit_code", static_cast<std::uint64_t>(outcome.code));
  const auto cpu =
      std::chrono::duration_cast<std::chrono::milliseconds>(outcome.use.user_time + outcome.use.system_time);
  step.extras.emplace_back("cpu_ms", static_cast<std::uint64_t>(cpu.count()));
  step.extras.emplace_back("max_resident_bytes", std::uint64_t{outcome.use.max_resident_bytes});
  step.extras.emplace_back("sandbox", outcome.sandbox.text());
  if (outcome.strays > 0) {
    step.extras.emplace_back("strays_ended", std::uint64_t{outcome.strays});
  }
  step.extras.emplace_back("stdout", stream_json(facts.folder + "/stdout", outcome.output, outcome.output_bytes));
  step.extras.emplace_back("stderr",
                           stream_json(facts.folder + "/stderr", outcome.diagnostics, outcome.diagnostics_bytes));
}

void add_outputs(LogStep& step, const skill::Value::Members& outputs) {
  if (outputs.empty()) {
    return;
  }
  std::string text = skill::compact_json(skill::Value{outputs});
  if (text.size() <= longest_outputs) {
    step.extras.emplace_back("outputs", RawJson{std::move(text)});
  }
}

}  // namespace

report::LogStep log_step(const skill::Step& step, const AttemptFacts& facts, const skill::AttemptEnd& end,
                         const ports::ProcessOutcome* outcome) {
  LogStep entry;
  entry.action = facts.is_rollback ? "rolling_back" : step.log_action();
  entry.detail = end.detail;
  entry.duration = facts.duration;
  entry.status = end.status;
  entry.extras.emplace_back("id", facts.id);
  entry.extras.emplace_back("argv", facts.argv);
  entry.extras.emplace_back("started_at", base::rfc3339(facts.started_at, 3));
  if (facts.attempts > 1) {
    entry.extras.emplace_back("attempts", std::uint64_t{facts.attempts});
  }
  if (outcome != nullptr) {
    add_outcome(entry, facts, *outcome);
  }
  add_outputs(entry, end.record.outputs);
  return entry;
}

report::LogStep log_decision(const skill::Step& step, const std::string& id, report::StepStatus status,
                             const std::string& reason) {
  LogStep entry;
  entry.action = step.log_action();
  entry.detail = reason;
  entry.status = status;
  entry.extras.emplace_back("id", id);
  return entry;
}

std::vector<report::LogStep> spliced(const LogStep& whole, std::vector<LogStep> own) {
  for (LogStep& step : own) {
    step.extras.insert(step.extras.begin(), whole.extras.front());  // the id
  }
  LogStep& last = own.back();
  for (const auto& [key, extra] : whole.extras) {
    const bool is_there =
        std::ranges::any_of(last.extras, [&key](const auto& present) { return present.first == key; });
    if (!is_there) {
      last.extras.emplace_back(key, extra);
    }
  }
  return own;
}

}  // namespace cachewitness::app
