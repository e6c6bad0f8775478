#include "skill/scope.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "manifest/fault_list.h"
#include "skill/actions.h"

namespace cachewitness::skill {

namespace {

using Names = std::vector<std::string_view>;

std::unexpected<std::string> unknown(std::string_view what, const Reference& reference, std::string_view name,
                                     const Names& known) {
  std::string near = manifest::did_you_mean(name, known);
  if (near.empty() && !known.empty()) {
    near = fmt::format("; known: {}", fmt::join(known, ", "));
  }
  return std::unexpected(fmt::format("{} \"{}\" in ${{{}}}{}", what, base::printable(name, 60),
                                     base::printable(reference.text(), 100), near));
}

std::unexpected<std::string> wrong_form(const Reference& reference, std::string_view expected) {
  return std::unexpected(
      fmt::format("${{{}}} says too much or too little; write {}", base::printable(reference.text(), 100), expected));
}

// All instances of a step with a matrix together.
Type of_all(Type type) { return type == Type::text || type == Type::path ? Type::list : Type::json; }

}  // namespace

std::vector<Output> outputs_of(const Step& step) {
  std::vector<Output> outputs = step.outputs;
  const auto add = [&](std::string_view name, Type type, std::string_view from) {
    if (std::ranges::find(outputs, name, &Output::name) == outputs.end()) {
      outputs.push_back({std::string(name), type, std::string(from)});
    }
  };
  const Action* action = find_action(step.action);
  for (const ActionOutput& own : action != nullptr                ? action->outputs
                                 : step.kind == Step::Kind::check ? check_outputs()
                                                                  : std::vector<ActionOutput>{}) {
    add(own.name, own.type, own.from);
  }
  const auto* with = action != nullptr && step.with ? std::get_if<Content::Members>(&step.with->data) : nullptr;
  for (const auto& [name, content] : with != nullptr ? *with : Content::Members{}) {
    if (is_file_option(name)) {
      add(name, Type::path, "");
    }
  }
  return outputs;
}

std::expected<Type, std::string> Scope::type_of(const Reference& reference) const {
  const std::string& root = reference.path.front();
  if (root == "inputs") {
    return type_of_input(reference);
  }
  if (root == "steps") {
    return type_of_step(reference);
  }
  if (root == "matrix") {
    return type_of_matrix(reference);
  }
  const Names names = root == "skill" ? Names{"directory", "name"} : root == "run" ? Names{"id", "directory"} : Names{};
  if (names.empty()) {
    return unknown("unknown name", reference, root, {"inputs", "steps", "matrix", "skill", "run"});
  }
  if (reference.path.size() != 2) {
    return wrong_form(reference, fmt::format("{}.{} or {}.{}", root, names[0], root, names[1]));
  }
  if (std::ranges::find(names, reference.path[1]) == names.end()) {
    return unknown("unknown name", reference, reference.path[1], names);
  }
  return Type::text;
}

std::expected<Type, std::string> Scope::type_of_input(const Reference& reference) const {
  if (reference.path.size() != 2) {
    return wrong_form(reference, "inputs.NAME");
  }
  if (const Input* input = workflow.find_input(reference.path[1])) {
    return input->type;
  }
  Names known;
  std::ranges::transform(workflow.inputs, std::back_inserter(known), &Input::name);
  return unknown("unknown input", reference, reference.path[1], known);
}

std::expected<Type, std::string> Scope::type_of_step(const Reference& reference) const {
  constexpr std::string_view form = "steps.ID.outputs.NAME, steps.ID.status, steps.ID.exit_code or steps.ID.stdout";
  if (reference.path.size() < 3) {
    return wrong_form(reference, form);
  }
  const std::string& id = reference.path[1];
  const Step* of = workflow.find_step(id);
  if (of == nullptr) {
    Names known;
    std::ranges::transform(workflow.steps, std::back_inserter(known), &Step::id);
    return unknown("unknown step", reference, id, known);
  }
  if (std::ranges::find(before, of) == before.end()) {
    return std::unexpected(fmt::format("${{{}}} may be asked for before step \"{}\" has ended; add it to \"needs\"",
                                       reference.text(), id));
  }
  const std::string& what = reference.path[2];
  if (what == "outputs") {
    return type_of_output(reference, *of);
  }
  if (reference.path.size() != 3) {
    return wrong_form(reference, form);
  }
  if (what == "status") {
    return Type::text;
  }
  if (what == "exit_code") {
    return Type::count;
  }
  if (what == "stdout") {
    return of->matrix.empty() ? Type::path : Type::list;
  }
  return unknown("unknown name", reference, what, {"outputs", "status", "exit_code", "stdout"});
}

std::expected<Type, std::string> Scope::type_of_output(const Reference& reference, const Step& of) const {
  if (reference.path.size() < 4) {
    return wrong_form(reference, "steps.ID.outputs.NAME");
  }
  const std::vector<Output> outputs = outputs_of(of);
  const auto found = std::ranges::find(outputs, reference.path[3], &Output::name);
  if (found == outputs.end()) {
    if (outputs.empty()) {
      return std::unexpected(
          fmt::format("step \"{}\" has no outputs; declare \"outputs: {{{}: text}}\" there", of.id, reference.path[3]));
    }
    Names known;
    std::ranges::transform(outputs, std::back_inserter(known), &Output::name);
    return unknown("unknown output", reference, reference.path[3], known);
  }
  if (reference.path.size() > 4) {
    return found->type == Type::json && of.matrix.empty()
               ? std::expected<Type, std::string>(Type::json)
               : std::unexpected(fmt::format("output \"{}\" of step \"{}\" is {}, which has no members", found->name,
                                             of.id, of.matrix.empty() ? name(found->type) : "a list"));
  }
  return of.matrix.empty() ? found->type : of_all(found->type);
}

std::expected<Type, std::string> Scope::type_of_matrix(const Reference& reference) const {
  if (reference.path.size() != 2) {
    return wrong_form(reference, "matrix.NAME");
  }
  Names known;
  if (step != nullptr) {
    std::ranges::transform(step->matrix, std::back_inserter(known), &MatrixAxis::name);
  }
  if (known.empty()) {
    return std::unexpected(fmt::format("${{{}}} stands in no step with a matrix", reference.text()));
  }
  return std::ranges::find(known, reference.path[1]) != known.end()
             ? std::expected<Type, std::string>(Type::text)
             : unknown("unknown name", reference, reference.path[1], known);
}

}  // namespace cachewitness::skill
