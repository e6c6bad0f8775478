#include "skill/actions.h"

#include <algorithm>

namespace cachewitness::skill {

namespace {

std::vector<ActionOutput> verdict_outputs() {
  return {{"run_id", Type::text, "run_id"},
          {"outcome", Type::text, "outcome"},
          {"passed", Type::boolean, "gate.passed"},
          {"complete", Type::boolean, "complete"},
          {"parity_score", Type::number, "summary.parity_score"},
          {"cells", Type::count, "summary.cells.total"},
          {"fresh", Type::count, "summary.cells.fresh"},
          {"stale", Type::count, "summary.cells.stale"},
          {"mismatch", Type::count, "summary.cells.mismatch"},
          {"leak", Type::count, "summary.cells.leak"},
          {"error", Type::count, "summary.cells.error"},
          {"inconclusive", Type::count, "summary.cells.inconclusive"},
          {"tenants", Type::count, "summary.tenants.total"},
          {"verified", Type::count, "summary.tenants.verified"},
          {"flagged", Type::count, "summary.tenants.flagged"},
          {"affected_tenants", Type::list, "affected_tenants"}};
}

const std::vector<Action>& table() {
  static const std::vector<Action> actions{
      {.name = "arm"},
      {.name = "purge",
       .mutates = true,
       .answers_json = true,
       .outputs = {{"id", Type::text, "purge_id"},
                   {"complete", Type::boolean, "complete"},
                   {"items", Type::count, "items.total"},
                   {"accepted", Type::count, "items.accepted"},
                   {"completed", Type::count, "items.completed"},
                   {"refused", Type::count, "items.refused"}}},
      {.name = "verify", .answers_json = true, .has_log = true, .outputs = verdict_outputs()},
      {.name = "parity",
       .answers_json = true,
       .outputs = {{"run_id", Type::text, "run_id"},
                   {"outcome", Type::text, "outcome"},
                   {"passed", Type::boolean, "gate.passed"},
                   {"complete", Type::boolean, "complete"}}},
      {.name = "judge", .answers_json = true, .outputs = verdict_outputs()},
      {.name = "explain"},
  };
  return actions;
}

}  // namespace

const Action* find_action(std::string_view name) {
  const auto found = std::ranges::find(table(), name, &Action::name);
  return found == table().end() ? nullptr : &*found;
}

std::vector<std::string_view> action_names() {
  std::vector<std::string_view> names;
  for (const Action& action : table()) {
    names.push_back(action.name);
  }
  names.insert(names.end(), {exec_action, check_action});
  return names;
}

const std::vector<ActionOutput>& check_outputs() {
  static const std::vector<ActionOutput> outputs{{"result", Type::text, "result"},
                                                 {"detail", Type::text, "detail"},
                                                 {"parity_score", Type::number, "parity_score"},
                                                 {"findings", Type::count, "findings"}};
  return outputs;
}

bool is_file_option(std::string_view name) {
  constexpr std::string_view names[] = {"evidence", "report", "html", "junit", "log", "journal"};
  return std::ranges::find(names, name) != std::end(names);
}

}  // namespace cachewitness::skill
