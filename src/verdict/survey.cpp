#include "verdict/survey.h"

#include <algorithm>

#include "http/target_alias.h"
#include "verdict/plainness.h"
#include "verdict/refill.h"

namespace cachewitness::verdict {

namespace {

// Two cells that a purge missed are a coincidence that happens; from three on, what they share is the purge.
constexpr std::uint64_t fewest_cells = 3;
// As many of each kind show that servers differ, and not only what was asked of them.
constexpr std::uint64_t fewest_answers = 3;

// Two spellings of one resource: the origin gives the same for both.
bool is_one_resource(const Truth& one, const Truth& other) {
  const Sighting* a = one.example();
  const Sighting* b = other.example();
  return a != nullptr && b != nullptr && !one.is_divided && !other.is_divided && is_same_version(*a, *b);
}

}  // namespace

void Survey::Kept::add(evidence::EdgeId edge) {
  is_at_several_edges = is_at_several_edges || (cells > 0 && edge != first_edge);
  // Whichever comes first: only whether there are others is asked.
  first_edge = cells == 0 ? edge : first_edge;
  ++cells;
}

bool Survey::Kept::is_telling() const { return cells >= fewest_cells && is_at_several_edges; }

Survey::Survey(const Books& books) : books_(books) {
  group_aliases();
  number_environments();
  read_all();
  if (!edges_with_old_.empty()) {
    count_answers();
  }
}

void Survey::group_aliases() {
  const evidence::Roster& roster = books_.roster();
  for (std::uint32_t i = 0; i < roster.assets.size(); ++i) {
    const evidence::AssetId asset{i};
    aliases_[http::alias_key(roster.asset(asset))].push_back(asset);
  }
}

void Survey::number_environments() {
  std::map<std::string_view, std::uint32_t> numbers;
  for (const evidence::EdgeEntry& edge : books_.roster().edges) {
    const auto next = static_cast<std::uint32_t>(numbers.size());
    environment_of_edge_.push_back(numbers.try_emplace(edge.environment, next).first->second);
  }
  environments_.resize(numbers.size());
  for (Environment& environment : environments_) {
    environment.is_tenant_reached.resize(books_.roster().tenants.size());
  }
}

Survey::Environment& Survey::environment_of(const evidence::Cell& cell) {
  return environments_[environment_of_edge_.at(cell.edge.index())];
}

void Survey::read_all() {
  CellView view;
  const auto read = [&](const Dossier& dossier) {
    Plainness plainness(dossier);
    for (const evidence::Cell& cell : dossier.cells()) {
      dossier.view(cell, view);
      plainness.add(view, decide(view));
      note(view);
    }
    return plainness.value();
  };
  books_.for_each_dossier(read, [&](Books::Plain, std::span<const evidence::Cell> cells) {
    std::ranges::for_each(cells, [&](const evidence::Cell& cell) { note_reached(cell); });
  });
}

void Survey::note_reached(const evidence::Cell& cell) {
  Environment& environment = environment_of(cell);
  environment.is_reached = true;
  environment.is_tenant_reached[cell.tenant.index()] = true;
}

void Survey::note(const CellView& view) {
  if (view.looks.empty()) {
    return;
  }
  if (view.is_current() || !view.purge().is_known || !is_untouched(view)) {
    note_reached(view.cell);
  } else {
    Environment& environment = environment_of(view.cell);
    environment.kept.add(view.cell.edge);
    environment.kept_of_tenant[view.cell.tenant.value].add(view.cell.edge);
  }
  const bool is_of_a_named_server =
      std::ranges::any_of(view.looks, [](const Look& look) { return look.is_not_current() && look.seen->node != 0; });
  if (is_of_a_named_server && books_.notebook().nodes_seen(view.cell.edge) > 1) {
    edges_with_old_.insert(view.cell.edge);
  }
}

void Survey::count_answers() {
  CellView view;
  books_.for_every_dossier([&](const Dossier& dossier) {
    for (const evidence::Cell& cell : dossier.cells()) {
      if (edges_with_old_.contains(cell.edge)) {
        dossier.view(cell, view);
        count_answers(view);
      }
    }
  });
}

// What an edge itself calls stale is the one server's own matter.
void Survey::count_answers(const CellView& view) {
  for (const Look& look : view.looks) {
    const bool is_old = view.is_other_copy(look) && !look.seen->says_stale();
    if (look.seen->node == 0 || (!is_old && !look.is_current())) {
      continue;
    }
    ServerAnswers& answers = answers_of_server_[{view.cell.edge, look.seen->node}];
    if (!is_old) {
      ++answers.current;
      continue;
    }
    const std::pair subject(view.cell.tenant, view.cell.asset);
    answers.is_old_of_several = answers.is_old_of_several || (answers.old > 0 && subject != answers.first_old);
    answers.first_old = answers.old == 0 ? subject : answers.first_old;
    ++answers.old;
  }
}

void Survey::look_across(CellView& view) const {
  if (view.is_current() || view.looks.empty()) {
    return;
  }
  add_aliases(view);
  add_unreached(view);
  add_split(view);
}

void Survey::add_aliases(CellView& view) const {
  const auto& group = aliases_.at(http::alias_key(books_.roster().asset(view.cell.asset)));
  for (const evidence::AssetId asset : group) {
    evidence::Cell cell = view.cell;
    cell.asset = asset;
    if (asset == view.cell.asset) {
      continue;
    }
    const Dossier dossier = books_.dossier(cell);
    if (!dossier.has(cell)) {
      continue;
    }
    const CellView alias = dossier.view(cell);
    if (alias.is_current() && is_one_resource(view.truth(), alias.truth())) {
      view.aliases_current.push_back({books_.roster().asset(asset), alias.looks.back().seen->id});
    }
  }
}

void Survey::add_unreached(CellView& view) const {
  const Environment& environment = environments_[environment_of_edge_.at(view.cell.edge.index())];
  const auto of_tenant = environment.kept_of_tenant.find(view.cell.tenant.value);
  if (!environment.is_reached && environment.kept.is_telling()) {
    view.unreached = {Unreached::Scope::environment, environment.kept.cells};
  } else if (of_tenant != environment.kept_of_tenant.end() && of_tenant->second.is_telling() &&
             !environment.is_tenant_reached[view.cell.tenant.index()]) {
    view.unreached = {Unreached::Scope::tenant, of_tenant->second.cells};
  }
}

// The old answers of one server and the new ones of all others, with none the other way round.
void Survey::add_split(CellView& view) const {
  for (const Look& look : view.looks) {
    const auto own = answers_of_server_.find({view.cell.edge, look.seen->node});
    if (!look.is_not_current() || own == answers_of_server_.end()) {
      continue;
    }
    ServerSplit split{look.seen, own->second.old, 0};
    bool is_split = own->second.current == 0 && own->second.old >= fewest_answers && own->second.is_old_of_several;
    for (const auto& [server, answers] : answers_of_server_) {
      if (server.first == view.cell.edge && answers.old == 0) {
        split.current_elsewhere += answers.current;
      } else if (server.first == view.cell.edge && answers.current > 0) {
        is_split = false;  // a server that gives both: what it was asked for makes the difference
      }
    }
    if (is_split && split.current_elsewhere >= fewest_answers) {
      view.split = split;
      return;
    }
  }
}

}  // namespace cachewitness::verdict
