#include "skill/run_state.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"

namespace cachewitness::skill {

namespace {

// How bad it is, for the status of all instances of a step together.
int gravity(report::StepStatus status) {
  switch (status) {
    case report::StepStatus::complete:
      return 0;
    case report::StepStatus::skipped:
      return 1;
    case report::StepStatus::warning:
      return 2;
    case report::StepStatus::failed:
      return 3;
  }
  return 3;
}

Value output_of(const StepRecord& record, const Reference& reference) {
  const auto found = std::ranges::find(record.outputs, reference.path[3], &Value::Member::name);
  const Value* value = found == record.outputs.end() ? nullptr : &found->value;
  for (std::size_t i = 4; i < reference.path.size() && value != nullptr; ++i) {
    value = value->find(reference.path[i]);
  }
  return value == nullptr ? Value{} : *value;
}

}  // namespace

std::optional<Value> known_value(const Reference& reference, const SkillFolder& skill, const Value::Members& inputs,
                                 const std::vector<std::pair<std::string, std::string>>& matrix) {
  const std::string& root = reference.path.front();
  const std::string& name = reference.path.back();
  if (root == "skill") {
    return Value{name == "directory" ? skill.directory : skill.name};
  }
  if (root == "inputs") {
    const auto found = std::ranges::find(inputs, name, &Value::Member::name);
    return found == inputs.end() ? std::nullopt : std::optional(found->value);
  }
  if (root == "matrix") {
    const auto found = std::ranges::find(matrix, name, &std::pair<std::string, std::string>::first);
    return found == matrix.end() ? std::nullopt : std::optional(Value{found->second});
  }
  return std::nullopt;
}

std::expected<Value, std::string> RunState::value_of(const Reference& reference, std::size_t instance) const {
  const auto* here = instance < plan.instances.size() ? &plan.instances[instance] : nullptr;
  const std::vector<std::pair<std::string, std::string>> nowhere;
  if (auto known = known_value(reference, plan.skill, plan.inputs, here != nullptr ? here->matrix : nowhere)) {
    return *std::move(known);
  }
  if (reference.path.front() == "run") {
    return Value{reference.path.back() == "id" ? run_id : directory};
  }
  return value_of_step(reference);
}

std::expected<Value, std::string> RunState::value_of_step(const Reference& reference) const {
  const std::string& what = reference.path[2];
  bool is_matrix = false;
  Value::List values;
  const StepRecord* worst = nullptr;
  for (std::size_t i = 0; i < plan.instances.size(); ++i) {
    if (plan.step_of(i).id != reference.path[1] || !records[i]) {
      continue;
    }
    const StepRecord& record = *records[i];
    is_matrix = !plan.step_of(i).matrix.empty();
    worst = worst == nullptr || gravity(record.status) > gravity(worst->status) ? &record : worst;
    values.push_back(what == "outputs" ? output_of(record, reference) : Value{record.stdout_path});
  }
  if (worst == nullptr) {
    return std::unexpected(fmt::format("${{{}}} has no value, because the step has not run", reference.text()));
  }
  if (what == "status") {
    return Value{std::string(report::name(worst->status))};
  }
  if (what == "exit_code") {
    return Value{std::int64_t{worst->exit_code}};
  }
  return is_matrix ? Value{std::move(values)} : std::move(values.front());
}

std::expected<std::vector<std::string>, std::string> fill_arguments(const std::vector<Template>& arguments,
                                                                    const Template::Lookup& lookup) {
  std::vector<std::string> filled;
  for (const Template& argument : arguments) {
    const auto value = argument.fill(lookup);
    if (!value) {
      return std::unexpected(value.error());
    }
    const Value::List* list = argument.whole() != nullptr ? value->if_list() : nullptr;
    if (list != nullptr) {
      std::ranges::transform(*list, std::back_inserter(filled), plain_text);
    } else if (value->is_null()) {
      return std::unexpected(fmt::format("{} has no value", base::printable(argument.source(), 100)));
    } else {
      filled.push_back(plain_text(*value));
    }
    if (!filled.empty() && filled.back().find('\0') != std::string::npos) {
      return std::unexpected(
          fmt::format("{} holds a NUL byte, which no argument can", base::printable(argument.source(), 100)));
    }
  }
  return filled;
}

}  // namespace cachewitness::skill
