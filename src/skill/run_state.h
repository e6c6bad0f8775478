// What is known while a run goes on: the facts of its plan and how the steps so far have ended. Gives references their
// values.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "report/execution_log.h"
#include "skill/run_plan.h"

namespace cachewitness::skill {

// How an instance ended.
struct StepRecord {
  report::StepStatus status = report::StepStatus::skipped;
  int exit_code = 0;
  std::string stdout_path;
  Value::Members outputs;
};

struct RunState {
  const RunPlan& plan;
  std::string run_id;
  std::string directory;                           // of the run, absolute
  std::vector<std::optional<StepRecord>> records;  // by instance; nothing while it has not ended

  // The value of a reference where it stands: in this instance, or (npos) in the workflow's outcome.
  [[nodiscard]] std::expected<Value, std::string> value_of(const Reference& reference, std::size_t instance) const;

 private:
  [[nodiscard]] std::expected<Value, std::string> value_of_step(const Reference& reference) const;
};

// The references that are known before the run: inputs, the skill, the matrix of an instance. Nothing for others.
[[nodiscard]] std::optional<Value> known_value(const Reference& reference, const SkillFolder& skill,
                                               const Value::Members& inputs,
                                               const std::vector<std::pair<std::string, std::string>>& matrix);

// A list as a whole argument becomes as many arguments.
[[nodiscard]] std::expected<std::vector<std::string>, std::string> fill_arguments(
    const std::vector<Template>& arguments, const Template::Lookup& lookup);

}  // namespace cachewitness::skill
