#include "verdict/leak_tally.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <string_view>
#include <tuple>

#include "verdict/rules.h"

namespace cachewitness::verdict {

namespace {

void count(const Ruling& ruling, LeakSummary& summary) {
  summary.cells += ruling.outcome == Outcome::does_not_apply ? 0 : 1;
  summary.found += ruling.outcome == Outcome::fires ? 1 : 0;
  summary.clear += ruling.outcome == Outcome::passes ? 1 : 0;
  if (ruling.outcome == Outcome::cannot_tell) {
    summary.why_unsure = summary.unsure++ == 0 ? ruling.reason() : summary.why_unsure;
  }
}

std::vector<evidence::Cell> cells_by_name(const Books& books) {
  std::vector<evidence::Cell> cells;
  for (const auto& [cell, sightings] : books.leaks().cells()) {
    cells.push_back(cell);
  }
  const evidence::Roster& roster = books.roster();
  std::ranges::sort(cells, {}, [&roster](const evidence::Cell& cell) {
    return std::tuple<evidence::EdgeId, std::string_view, std::string_view, std::string_view>(
        cell.edge, roster.tenant(cell.tenant), roster.asset(cell.asset), roster.variant(cell.variant));
  });
  return cells;
}

}  // namespace

std::vector<LeakSummary> tally_leaks(const Books& books) {
  std::array<LeakSummary, 3> all;
  for (std::size_t i = 0; i < all.size(); ++i) {
    all[i].check = static_cast<manifest::LeakCheck>(i);
  }
  for (const evidence::Cell& cell : cells_by_name(books)) {
    const CellView view = books.leak_view(cell);
    for (const Rule* rule : rules()) {
      if (rule->state == State::leak) {
        count(rule->judge(view), all.at(static_cast<std::size_t>(check_of(rule->cause))));
      }
    }
  }
  std::vector<LeakSummary> made;
  std::ranges::copy_if(all, std::back_inserter(made), [](const LeakSummary& summary) { return summary.cells > 0; });
  return made;
}

}  // namespace cachewitness::verdict
