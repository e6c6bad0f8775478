#include <algorithm>

#include <fmt/format.h>

#include "base/json_writer.h"
#include "base/shell_word.h"
#include "base/text.h"
#include "base/time.h"
#include "skill/run_plan.h"

namespace cachewitness::skill {

namespace {

constexpr std::string_view schema_name = "cachewitness.run-plan/v1";

std::string_view word(Step::OnFailure on_failure) {
  constexpr std::string_view words[] = {"stop", "continue", "rollback"};
  return words[static_cast<std::size_t>(on_failure)];
}

void append_program(base::JsonWriter& json, std::string_view key, const Program& program) {
  if (!program.path.empty()) {
    json.begin_object(key);
    json.member("path", program.path);
    json.member("sha256", program.digest.hex());
    json.end_object();
  }
}

void append_step(base::JsonWriter& json, const RunPlan& plan, std::size_t index) {
  const Instance& instance = plan.instances[index];
  const Step& step = plan.step_of(index);
  json.begin_object();
  json.member("id", instance.id);
  json.member("action", step.action);
  json.strings("argv", instance.argv);
  append_program(json, "program", instance.program);
  append_program(json, "rollback", instance.rollback);
  std::vector<std::string> needs;
  for (const std::size_t need : plan.needs[index]) {
    needs.push_back(plan.instances[need].id);
  }
  json.strings("needs", needs);
  if (step.condition) {
    json.member("if", step.condition->source());
  }
  json.member("mutates", step.mutates);
  json.member("on_failure", word(step.on_failure));
  json.member("timeout_ms", std::chrono::duration_cast<std::chrono::milliseconds>(step.limits.timeout).count());
  json.member("retries", step.retry.times);
  json.member("processes", step.limits.processes);
  json.member("file_bytes", step.limits.file_bytes);
  json.member("memory_bytes", step.limits.memory_bytes);
  std::vector<std::string> writes;
  std::ranges::transform(step.writes, std::back_inserter(writes), &Template::source);
  json.strings("writes", writes);
  json.strings("env", step.environment);
  std::vector<std::string> secrets;
  std::ranges::transform(step.secrets, std::back_inserter(secrets), &StepSecret::name);
  json.strings("secrets", secrets);
  json.end_object();
}

std::string remarks(const RunPlan& plan, std::size_t index) {
  const Step& step = plan.step_of(index);
  std::vector<std::string> parts;
  if (step.mutates) {
    parts.emplace_back("MUTATES");
  }
  if (!plan.needs[index].empty()) {
    std::vector<std::string> needs;
    for (const std::size_t need : plan.needs[index]) {
      needs.push_back(plan.instances[need].id);
    }
    parts.push_back(fmt::format("after {}", fmt::join(needs, ", ")));
  }
  if (step.condition) {
    parts.push_back("if " + base::printable(step.condition->source()));
  }
  parts.push_back("at most " + base::human(step.limits.timeout));
  if (step.retry.times > 0) {
    parts.push_back(fmt::format("{} more attempts", step.retry.times));
  }
  if (step.on_failure != Step::OnFailure::stop) {
    parts.push_back(fmt::format("on failure {}", word(step.on_failure)));
  }
  if (!plan.instances[index].program.path.empty()) {
    parts.push_back("sha256:" + plan.instances[index].program.digest.hex());
  }
  for (const Template& path : step.writes) {
    parts.push_back("writes to " + base::printable(path.source()));
  }
  for (const StepSecret& secret : step.secrets) {
    parts.push_back("secret " + secret.name);
  }
  return fmt::format("{}", fmt::join(parts, "; "));
}

}  // namespace

std::string shown_command(const std::vector<std::string>& argv) {
  std::string out;
  for (const std::string& argument : argv) {
    out += (out.empty() ? "" : " ") + base::shell_word(argument);
  }
  return out;
}

std::string describe(const RunPlan& plan) {
  std::string text = fmt::format("{}: {} steps, {} at once\n  skill   {}\n          sha256:{}\n",
                                 base::printable(plan.skill.name), plan.instances.size(), plan.workflow.concurrency,
                                 base::printable(plan.skill.directory, 1000), plan.skill_digest.hex());
  for (const auto& [name, value] : plan.inputs) {
    const auto file = std::ranges::find(plan.files, name, &InputFile::name);
    text += fmt::format("  input   {}={}{}\n", name, base::printable(plain_text(value), 500),
                        file == plan.files.end() ? "" : "  sha256:" + file->digest.hex());
  }
  if (!plan.workflow.environment.empty()) {
    text += fmt::format("  env     {}\n", fmt::join(plan.workflow.environment, " "));
  }
  for (std::size_t i = 0; i < plan.graph.order.size(); ++i) {
    const std::size_t index = plan.graph.order[i];
    text += fmt::format("\n{:3} {} ({})\n    {}\n    {}\n", i + 1, base::printable(plan.instances[index].id),
                        base::printable(plan.step_of(index).log_action()), shown_command(plan.instances[index].argv),
                        remarks(plan, index));
  }
  return text + fmt::format("\nplan sha256:{}\n", plan.digest.hex());
}

std::string describe_json(const RunPlan& plan) {
  std::string text;
  base::JsonWriter json(text, base::JsonWriter::Layout::indented);
  json.begin_object();
  json.member("schema", schema_name);
  json.member("skill", plan.skill.name);
  json.member("directory", plan.skill.directory);
  json.member("skill_sha256", plan.skill_digest.hex());
  json.member("task", plan.workflow.task);
  json.key("inputs");
  append_json(Value{plan.inputs}, json);
  json.begin_object("input_files");
  for (const InputFile& file : plan.files) {
    json.member(file.name, file.digest.hex());
  }
  json.end_object();
  json.strings("env", plan.workflow.environment);
  json.member("mutates", plan.mutates());
  json.begin_array("steps");
  for (const std::size_t index : plan.graph.order) {
    append_step(json, plan, index);
  }
  json.end_array();
  if (plan.digest != base::Digest{}) {
    json.member("plan_sha256", plan.digest.hex());
  }
  json.end_object();
  return text + "\n";
}

}  // namespace cachewitness::skill
