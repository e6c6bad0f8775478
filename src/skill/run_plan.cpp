#include "skill/run_plan.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "skill/allowed_tools.h"
#include "skill/fault_ids.h"
#include "skill/invocation.h"
#include "skill/run_state.h"

namespace cachewitness::skill {

namespace {

using Matrix = std::vector<std::pair<std::string, std::string>>;

class Planner {
 public:
  Planner(RunPlan& plan, const Frontmatter& frontmatter, const PlanSources& sources)
      : plan_(plan), frontmatter_(frontmatter), sources_(sources) {}

  base::Errors make() {
    std::vector<std::vector<std::size_t>> instances_of;  // by step
    for (std::size_t i = 0; i < plan_.workflow.steps.size(); ++i) {
      std::vector<std::size_t>& own = instances_of.emplace_back();
      for (Matrix& matrix : combinations(plan_.workflow.steps[i])) {
        own.push_back(plan_.instances.size());
        add_instance(i, std::move(matrix));
      }
    }
    if (plan_.instances.size() > max_instances) {
      tell(plan_.workflow.steps.front(), faults::bad_value,
           fmt::format("{} steps once every matrix is spread out; {} at most", plan_.instances.size(), max_instances));
    }
    connect(instances_of);
    digest_files();
    return std::move(errors_);
  }

 private:
  void tell(const Step& step, base::ErrorId id, std::string message) {
    errors_.push_back({id, fmt::format("step \"{}\": {}", step.id, message), step.where});
  }

  std::vector<std::string> values_of(const Step& step, const MatrixAxis& axis) {
    if (const auto* list = std::get_if<std::vector<std::string>>(&axis.values)) {
      return *list;
    }
    const auto lookup = lookup_in({});
    if (const auto* input = std::get_if<Reference>(&axis.values)) {
      std::vector<std::string> texts;
      const auto value = lookup(*input);
      for (const Value& item : value && value->if_list() != nullptr ? *value->if_list() : Value::List{}) {
        texts.push_back(plain_text(item));
      }
      return texts;
    }
    const auto path = std::get<Template>(axis.values).fill(lookup);
    auto names = sources_.names(axis.name, path ? plain_text(*path) : std::string());
    if (!names) {
      tell(step, names.error().id, names.error().text());
      return {};
    }
    return *std::move(names);
  }

  std::vector<Matrix> combinations(const Step& step) {
    std::vector<Matrix> made{{}};
    for (const MatrixAxis& axis : step.matrix) {
      const std::vector<std::string> values = values_of(step, axis);
      if (values.empty()) {
        tell(step, faults::bad_value, fmt::format("its matrix has no value of \"{}\"; nothing would run", axis.name));
      }
      std::vector<Matrix> wider;
      for (const Matrix& matrix : made) {
        for (const std::string& value : values) {
          wider.push_back(matrix);
          wider.back().emplace_back(axis.name, value);
        }
      }
      made = std::move(wider);
      made.resize(std::min(made.size(), max_instances + 1));
    }
    return made;
  }

  // References to steps stay as they were written.
  Template::Lookup lookup_in(Matrix matrix) const {
    return [this, matrix = std::move(matrix)](const Reference& reference) -> std::expected<Value, std::string> {
      auto known = known_value(reference, plan_.skill, plan_.inputs, matrix);
      return known ? *std::move(known) : Value{"${" + reference.text() + "}"};
    };
  }

  void add_instance(std::size_t index, Matrix matrix) {
    const Step& step = plan_.workflow.steps[index];
    Instance instance;
    instance.step = index;
    instance.id = step.id;
    for (const auto& [name, value] : matrix) {
      instance.id += (&value == &matrix.front().second ? "[" : ",") + value;
    }
    instance.id += matrix.empty() ? "" : "]";
    const auto lookup = lookup_in(matrix);
    instance.matrix = std::move(matrix);
    const std::string_view own = program_name;
    instance.argv = {step.kind == Step::Kind::command ? std::string(own) : name_of(step, step.run.front(), lookup)};
    if (auto arguments = arguments_of(step, lookup)) {
      std::ranges::move(*arguments, std::back_inserter(instance.argv));
    }
    check_allowed(step, instance.argv);
    if (step.kind != Step::Kind::command) {
      instance.program = find(step, instance.argv.front());
      instance.argv.front() = instance.program.path;
    }
    if (step.rollback) {
      instance.rollback = find(step, name_of(step, step.rollback->run.front(), lookup));
    }
    plan_.instances.push_back(std::move(instance));
  }

  std::string name_of(const Step& step, const Template& written, const Template::Lookup& lookup) {
    bool is_known = true;
    written.each_reference([&](const Reference& reference) {
      is_known = is_known && reference.path.front() != "steps" && reference.path.front() != "run";
    });
    if (!is_known) {
      tell(step, faults::no_program,
           "the program must be known before the run; only its arguments may come from steps");
      return {};
    }
    const auto name = written.fill(lookup);
    return name ? plain_text(*name) : std::string();
  }

  Program find(const Step& step, const std::string& name) {
    if (name.empty()) {
      return {};  // told already
    }
    auto found = sources_.program(name);
    if (!found) {
      tell(step, found.error().id, found.error().message);
      return {};
    }
    return *std::move(found);
  }

  // Held against the words as the skill has them: "python3 scripts/check.py", not "/usr/bin/python3".
  void check_allowed(const Step& step, std::vector<std::string> words) {
    const std::string folder = plan_.skill.directory + "/";
    for (std::string& word : words) {
      word = word.starts_with(folder) ? word.substr(folder.size()) : word;
    }
    if (!allows(frontmatter_, words)) {
      tell(step, faults::not_allowed,
           fmt::format("\"{}\" is not among the skill's allowed-tools ({}); add Bash({}:*) there",
                       base::printable(shown_command(words), 100), fmt::join(frontmatter_.allowed_tools, " "),
                       base::printable(words.front(), 60)));
    }
  }

  void connect(const std::vector<std::vector<std::size_t>>& instances_of) {
    for (const Instance& instance : plan_.instances) {
      std::vector<std::size_t>& needs = plan_.needs.emplace_back();
      for (const Word& need : plan_.workflow.steps[instance.step].needs) {
        for (std::size_t step = 0; step < instances_of.size(); ++step) {
          if (plan_.workflow.steps[step].id == need.text) {
            needs.insert(needs.end(), instances_of[step].begin(), instances_of[step].end());
          }
        }
      }
    }
    if (auto graph = make_graph(plan_.needs)) {  // the steps have no cycle, so their instances have none
      plan_.graph = *std::move(graph);
    }
  }

  void digest_files() {
    for (const Input& input : plan_.workflow.inputs) {
      const auto value = std::ranges::find(plan_.inputs, input.name, &Value::Member::name);
      const std::string* path = value == plan_.inputs.end() ? nullptr : value->value.if_text();
      if (input.type != Type::path || path == nullptr || path->empty()) {
        continue;
      }
      if (const auto digest = sources_.file(*path)) {
        plan_.files.push_back({input.name, *digest});
      }
    }
  }

  RunPlan& plan_;
  const Frontmatter& frontmatter_;
  const PlanSources& sources_;
  base::Errors errors_;
};

}  // namespace

bool RunPlan::mutates() const {
  return std::ranges::any_of(workflow.steps, [](const Step& step) { return step.mutates; });
}

base::Result<RunPlan, base::Errors> make_run_plan(Workflow workflow, const Frontmatter& frontmatter, SkillFolder folder,
                                                  const base::Digest& skill_digest, Value::Members inputs,
                                                  const PlanSources& sources) {
  RunPlan plan;
  plan.workflow = std::move(workflow);
  plan.workflow.task = plan.workflow.task.empty() ? folder.name : plan.workflow.task;
  plan.skill = std::move(folder);
  plan.skill_digest = skill_digest;
  plan.inputs = std::move(inputs);
  if (base::Errors errors = Planner(plan, frontmatter, sources).make(); !errors.empty()) {
    return std::unexpected(std::move(errors));
  }
  plan.digest = sources.sha256(describe_json(plan));
  return plan;
}

}  // namespace cachewitness::skill
