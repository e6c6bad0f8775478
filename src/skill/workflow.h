// Workflow: the steps of a skill as they were written, every fault told, nothing resolved yet. Made from a file of YAML
// (parse_workflow.h) or from the fenced blocks of SKILL.md (block_steps.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "manifest/manifest.h"
#include "manifest/secret_ref.h"
#include "skill/expression.h"
#include "skill/template.h"
#include "skill/value.h"

namespace cachewitness::skill {

inline constexpr std::size_t max_steps = 200;      // as written
inline constexpr std::size_t max_instances = 500;  // with every matrix spread out
inline constexpr std::string_view default_agent = "DevOps";

struct Input {
  std::string name;
  Type type = Type::text;
  std::optional<Content> default_value;  // none: it must be given
  std::string doc;
  base::SourceSpan where;
};

struct Output {
  std::string name;
  Type type = Type::text;
  std::string from;  // path in the answer, "summary.cells.stale"; empty = the name
};

struct Retry {
  std::uint32_t times = 0;  // after the first attempt
  base::Duration wait = std::chrono::seconds(1);
  double factor = 2;
  base::Duration most = std::chrono::minutes(1);
};

// All that bounds one attempt; 0 = no limit.
struct StepLimits {
  base::Duration timeout = std::chrono::minutes(5);
  std::uint64_t max_output_bytes = std::uint64_t{8} << 20;  // of each stream
  base::Duration cpu_time{};                                // of each process
  std::uint64_t memory_bytes = 0;                           // of each process
  std::uint64_t file_bytes = std::uint64_t{4} << 30;        // of each file that it writes
  std::uint32_t processes = 256;                            // processes and threads at once
};

struct Rollback {
  std::vector<Template> run;
  base::Duration timeout = std::chrono::minutes(5);
};

struct Word {
  std::string text;
  Place where;
};

struct StepSecret {
  std::string name;  // the variable that the program sees
  manifest::SecretRef from;
};

// One key of a matrix: its values, an input that has them, or what a manifest names.
struct MatrixAxis {
  std::string name;
  std::variant<std::vector<std::string>, Reference, Template> values;
  Place where;
};

struct Step {
  enum class Kind : std::uint8_t { command, exec, check };
  enum class OnFailure : std::uint8_t { stop, proceed, rollback };
  enum class InputForm : std::uint8_t { json, none };

  std::string id;
  std::string action;  // "verify", "exec"
  Kind kind = Kind::exec;
  std::vector<Template> run;  // exec and check; of a command from a fenced block, its arguments
  std::optional<Content> with;
  std::vector<Word> needs;
  std::optional<Expression> condition;
  std::vector<Output> outputs;
  StepLimits limits;
  Retry retry;
  OnFailure on_failure = OnFailure::stop;
  std::optional<Rollback> rollback;
  bool mutates = false;
  std::vector<std::string> environment;
  std::vector<StepSecret> secrets;
  std::vector<Template> writes;  // what it may write to besides the run's own directories
  std::vector<MatrixAxis> matrix;
  std::string as;
  manifest::Check::Answer answer = manifest::Check::Answer::json;
  InputForm input = InputForm::json;
  base::SourceSpan where;

  [[nodiscard]] const std::string& log_action() const { return as.empty() ? action : as; }
};

struct Workflow {
  std::string task;
  std::string agent{default_agent};
  std::vector<Input> inputs;
  std::vector<std::string> environment;
  std::uint32_t concurrency = 4;
  base::Duration timeout = std::chrono::hours(1);
  std::optional<Template> outcome;
  std::vector<Step> steps;

  [[nodiscard]] const Input* find_input(std::string_view name) const;
  [[nodiscard]] const Step* find_step(std::string_view id) const;
};

}  // namespace cachewitness::skill
