#include "skill/check_workflow.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/text.h"
#include "manifest/fault_ids.h"
#include "skill/check_action.h"
#include "skill/fault_ids.h"
#include "skill/graph.h"
#include "skill/scope.h"

namespace cachewitness::skill {

namespace {

bool is_id(std::string_view text) {
  const auto is_allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  };
  return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, is_allowed);
}

class WorkflowChecker {
 public:
  WorkflowChecker(Workflow& workflow, const Commands& commands, manifest::FaultList& faults)
      : workflow_(workflow), commands_(commands), faults_(faults) {}

  void check() {
    check_names();
    if (workflow_.steps.size() > max_steps) {
      faults_.add(faults::bad_value, fmt::format("{} steps; {} at most", workflow_.steps.size(), max_steps), 1);
      return;
    }
    for (const Input& input : workflow_.inputs) {
      check_input(input);
    }
    for (Step& step : workflow_.steps) {
      check_step_action(step, commands_, faults_);
    }
    const auto needs = read_needs();
    if (!faults_.empty()) {
      return;  // what follows would only echo it
    }
    const auto graph = make_graph(needs);
    if (!graph) {
      tell_cycle(graph.error());
      return;
    }
    for (std::size_t i = 0; i < workflow_.steps.size(); ++i) {
      check_references(i, *graph);
    }
    check_outcome();
  }

 private:
  void tell(base::ErrorId id, std::string message, Place where) {
    faults_.add(id, std::move(message), where.line, where.column);
  }

  void check_names() {
    std::set<std::string_view> ids;
    for (const Step& step : workflow_.steps) {
      const Place where{step.where.line, step.where.column};
      if (!is_id(step.id)) {
        tell(faults::bad_value,
             fmt::format("the id \"{}\" must be 1 to 64 letters, digits, \"_\" or \"-\"", base::printable(step.id, 80)),
             where);
      } else if (!ids.insert(step.id).second) {
        tell(faults::duplicate, fmt::format("a second step \"{}\"; ids are unique", step.id), where);
      }
      for (const auto& named : step.outputs) {
        check_identifier("output", named.name, where);
      }
      for (const auto& axis : step.matrix) {
        check_identifier("key of the matrix", axis.name, where);
      }
      for (const auto& secret : step.secrets) {
        check_identifier("variable", secret.name, where);
      }
    }
    for (const Input& input : workflow_.inputs) {
      check_identifier("input", input.name, {input.where.line, input.where.column});
    }
  }

  void check_identifier(std::string_view what, std::string_view name, Place where) {
    if (!is_id(name)) {
      tell(faults::bad_value,
           fmt::format("the name of the {} \"{}\" must be letters, digits, \"_\" or \"-\", or nothing can refer to it",
                       what, base::printable(name, 60)),
           where);
    }
  }

  void check_input(const Input& input) {
    if (!input.default_value) {
      return;
    }
    const Scope nowhere{workflow_, nullptr, {}};
    const auto filled = input.default_value->fill([](const Reference& reference) -> std::expected<Value, std::string> {
      if (reference.path.front() == "skill") {
        return Value{std::string("skill")};
      }
      return std::unexpected(
          fmt::format("${{{}}} is not known yet where a default is read; only ${{skill.directory}} and ${{skill.name}} "
                      "are",
                      reference.text()));
    });
    if (!filled) {
      tell(faults::reference, filled.error(), input.default_value->where);
    } else if (!is_of(*filled, input.type)) {
      tell(faults::wrong_type, fmt::format("the default of input \"{}\" must be {}", input.name, name(input.type)),
           input.default_value->where);
    }
  }

  Needs read_needs() {
    std::vector<std::string_view> known;
    std::ranges::transform(workflow_.steps, std::back_inserter(known), &Step::id);
    Needs needs(workflow_.steps.size());
    for (std::size_t i = 0; i < workflow_.steps.size(); ++i) {
      for (const Word& need : workflow_.steps[i].needs) {
        const auto found = std::ranges::find(known, need.text);
        if (found == known.end()) {
          tell(faults::unknown_step,
               fmt::format("step \"{}\" needs \"{}\", which is no step{}", workflow_.steps[i].id,
                           base::printable(need.text, 60), manifest::did_you_mean(need.text, known)),
               need.where);
        } else {
          needs[i].push_back(static_cast<std::size_t>(found - known.begin()));
        }
      }
    }
    return needs;
  }

  void tell_cycle(const std::vector<std::size_t>& cycle) {
    std::string path;
    for (const std::size_t i : cycle) {
      path += workflow_.steps[i].id + " -> ";
    }
    const Step& first = workflow_.steps[cycle.front()];
    tell(faults::cycle,
         fmt::format("steps that need each other could never start: {}{}; take one \"needs\" away", path, first.id),
         {first.where.line, first.where.column});
  }

  void check_references(std::size_t index, const Graph& graph) {
    const Step& step = workflow_.steps[index];
    Scope scope{workflow_, &step, {}};
    for (std::size_t i = 0; i < workflow_.steps.size(); ++i) {
      if (graph.ancestors[index][i]) {
        scope.before.push_back(&workflow_.steps[i]);
      }
    }
    const auto check = [&](const Reference& reference) {
      if (const auto type = scope.type_of(reference); !type) {
        tell(faults::reference, type.error(), reference.where);
      }
    };
    for (const Template& argument : step.run) {
      argument.each_reference(check);
    }
    for (const Template& path : step.writes) {
      path.each_reference(check);
    }
    if (step.with) {
      step.with->each_reference(check);
    }
    if (step.condition) {
      check_condition(step, scope);
    }
    check_matrix(step, Scope{workflow_, nullptr, {}});
    if (step.rollback) {
      scope.before.push_back(&step);  // it has ended by then
      for (const Template& argument : step.rollback->run) {
        argument.each_reference(check);
      }
    }
  }

  void check_condition(const Step& step, const Scope& scope) {
    const Expression& condition = *step.condition;
    const auto checked = condition.check([&](const Reference& reference) { return scope.type_of(reference); });
    if (!checked) {
      tell(faults::expression, checked.error(), condition.where());
    }
    if (condition.asks_for_ancestry() && step.needs.empty()) {
      tell(faults::expression,
           fmt::format("the condition \"{}\" asks how the steps before it ended, and there are none; name them in "
                       "\"needs\"",
                       base::printable(condition.source(), 100)),
           condition.where());
    }
  }

  // What the steps are must be known before the first of them runs.
  void check_matrix(const Step& step, const Scope& before_all) {
    for (const MatrixAxis& axis : step.matrix) {
      const auto check = [&](const Reference& reference) {
        const auto type = before_all.type_of(reference);
        if (!type) {
          tell(faults::reference, type.error(), axis.where);
        }
        return type;
      };
      if (const auto* input = std::get_if<Reference>(&axis.values)) {
        if (const auto type = check(*input); type && *type != Type::list) {
          tell(faults::wrong_type, fmt::format("a matrix needs a list; ${{{}}} is {}", input->text(), name(*type)),
               axis.where);
        }
      } else if (const auto* path = std::get_if<Template>(&axis.values)) {
        path->each_reference(check);
      }
    }
  }

  void check_outcome() {
    if (!workflow_.outcome) {
      return;
    }
    Scope scope{workflow_, nullptr, {}};
    for (const Step& step : workflow_.steps) {
      scope.before.push_back(&step);
    }
    workflow_.outcome->each_reference([&](const Reference& reference) {
      if (const auto type = scope.type_of(reference); !type) {
        tell(faults::reference, type.error(), reference.where);
      }
    });
  }

  Workflow& workflow_;
  const Commands& commands_;
  manifest::FaultList& faults_;
};

}  // namespace

void check_workflow(Workflow& workflow, const Commands& commands, manifest::FaultList& faults) {
  WorkflowChecker(workflow, commands, faults).check();
}

base::Errors as_workflow_faults(base::Errors errors) {
  namespace theirs = manifest::faults;
  const std::pair<base::ErrorId, base::ErrorId> ids[] = {{theirs::unknown_key, faults::unknown_key},
                                                         {theirs::missing_key, faults::missing_key},
                                                         {theirs::wrong_type, faults::wrong_type},
                                                         {theirs::bad_value, faults::bad_value},
                                                         {theirs::out_of_range, faults::bad_value},
                                                         {theirs::literal_secret, faults::bad_value},
                                                         {theirs::duplicate_key, faults::duplicate},
                                                         {theirs::bad_template, faults::reference},
                                                         {theirs::syntax, faults::text},
                                                         {theirs::encoding, faults::text},
                                                         {theirs::tab_indentation, faults::text},
                                                         {theirs::anchor_or_alias, faults::text},
                                                         {theirs::tag, faults::text},
                                                         {theirs::second_document, faults::text},
                                                         {theirs::too_deep, faults::text},
                                                         {theirs::too_large, faults::text},
                                                         {theirs::empty, faults::text},
                                                         {theirs::too_many, faults::too_many}};
  for (base::Error& error : errors) {
    const auto* found = std::ranges::find(ids, error.id, &std::pair<base::ErrorId, base::ErrorId>::first);
    error.id = found == std::end(ids) ? error.id : found->second;
  }
  return errors;
}

}  // namespace cachewitness::skill
