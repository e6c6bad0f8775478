#include "skill/check_action.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "skill/fault_ids.h"

namespace cachewitness::skill {

namespace {

class ActionChecker {
 public:
  ActionChecker(Step& step, manifest::FaultList& faults) : step_(step), faults_(faults) {}

  void check(const Commands& commands) {
    if (step_.action.empty()) {
      step_.action = exec_action;
    }
    if (step_.action == exec_action || step_.action == check_action) {
      step_.kind = step_.action == exec_action ? Step::Kind::exec : Step::Kind::check;
      check_program();
    } else {
      step_.kind = Step::Kind::command;
      check_command(commands);
    }
    if (step_.on_failure == Step::OnFailure::rollback && !step_.rollback) {
      tell(faults::missing_key, "\"on_failure: rollback\" needs a \"rollback\" that says how");
    }
    if (step_.rollback && !step_.mutates) {
      tell(faults::bad_value, "a step with a \"rollback\" changes something; say \"mutates: true\"");
    }
  }

 private:
  void tell(base::ErrorId id, const std::string& message) { tell(id, message, {step_.where.line, step_.where.column}); }
  void tell(base::ErrorId id, const std::string& message, Place where) {
    faults_.add(id, fmt::format("step \"{}\": {}", base::printable(step_.id, 64), message), where.line, where.column);
  }

  void check_program() {
    if (step_.run.empty()) {
      tell(faults::missing_key,
           fmt::format("\"{}\" needs \"run\", a list of a program and its arguments", step_.action));
    }
    if (step_.kind == Step::Kind::check) {
      check_keys(check_options(), "a check");
      if (!step_.outputs.empty()) {
        tell(faults::bad_value, "a check has its own outputs; leave \"outputs\" out");
      }
    }
  }

  void check_command(const Commands& commands) {
    const auto command = std::ranges::find(commands, step_.action, &Command::name);
    const Action* action = find_action(step_.action);
    if (command == commands.end() || action == nullptr) {
      const std::vector<std::string_view> known = action_names();
      const std::string near = manifest::did_you_mean(step_.action, known);
      tell(faults::unknown_option,
           fmt::format("unknown action \"{}\"{}", base::printable(step_.action, 60),
                       near.empty() ? fmt::format("; known: {}", fmt::join(known, ", ")) : near));
      return;
    }
    step_.mutates = step_.mutates || action->mutates;
    if (!step_.outputs.empty() && !action->answers_json) {
      tell(faults::bad_value, fmt::format("\"{}\" gives no JSON, so it has no outputs", step_.action));
    }
    check_options_of(*command);
  }

  void check_options_of(const Command& command) {
    std::vector<std::string_view> known;
    std::ranges::transform(command.options, std::back_inserter(known), &CommandOption::name);
    check_keys(known, command.name);
    const auto* with = step_.with ? std::get_if<Content::Members>(&step_.with->data) : nullptr;
    for (const auto& [name, content] : with != nullptr ? *with : Content::Members{}) {
      const auto option = std::ranges::find(command.options, name, &CommandOption::name);
      if (option != command.options.end()) {
        check_form(*option, content);
      }
    }
  }

  void check_keys(const std::vector<std::string_view>& known, std::string_view of) {
    if (!step_.with) {
      return;
    }
    const auto* members = std::get_if<Content::Members>(&step_.with->data);
    if (members == nullptr) {
      tell(faults::wrong_type, "\"with\" must be a table of options", step_.with->where);
      return;
    }
    for (const auto& [name, content] : *members) {
      if (std::ranges::find(known, name) == known.end()) {
        const std::string near = manifest::did_you_mean(name, known);
        tell(faults::unknown_option,
             fmt::format("{} has no option \"{}\"{}", of, base::printable(name, 60),
                         near.empty() ? fmt::format("; it has {}", fmt::join(known, ", ")) : near),
             content.where);
      }
    }
  }

  void check_form(const CommandOption& option, const Content& content) {
    const auto* literal = std::get_if<Value>(&content.data);
    const bool is_list = std::holds_alternative<Content::List>(content.data);
    const bool is_table = std::holds_alternative<Content::Members>(content.data);
    const bool is_boolean = literal != nullptr && literal->if_boolean() != nullptr;
    const bool is_template = std::holds_alternative<Template>(content.data);
    std::string_view expected;
    if (option.form == CommandOption::Form::flag && !is_boolean && !is_template) {
      expected = "true or false";
    } else if (option.form == CommandOption::Form::value && (is_list || is_table || is_boolean)) {
      expected = "one value";
    } else if (option.form == CommandOption::Form::list && (is_table || is_boolean)) {
      expected = "a value or a list of values";
    }
    if (!expected.empty()) {
      tell(faults::wrong_type, fmt::format("\"{}\": expected {}", option.name, expected), content.where);
    }
  }

  Step& step_;
  manifest::FaultList& faults_;
};

}  // namespace

const std::vector<std::string_view>& check_options() {
  static const std::vector<std::string_view> names{"evidence", "report", "environment", "purged-at"};
  return names;
}

void check_step_action(Step& step, const Commands& commands, manifest::FaultList& faults) {
  ActionChecker(step, faults).check(commands);
}

}  // namespace cachewitness::skill
