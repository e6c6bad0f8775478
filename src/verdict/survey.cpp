#include "verdict/survey.h"

#include <algorithm>
#include <string>

#include "base/fnv1a.h"
#include "http/target_alias.h"
#include "verdict/plainness.h"
#include "verdict/refill.h"

namespace cachewitness::verdict {

namespace {

// Two cells that a purge missed are a coincidence that happens; from three on, what they share is the purge.
constexpr std::uint64_t fewest_cells = 3;
// As many of each kind show that servers differ, and not only what was asked of them.
constexpr std::uint64_t fewest_answers = 3;

}  // namespace

void Survey::Kept::add(evidence::EdgeId edge) {
  is_at_several_edges = is_at_several_edges || (cells > 0 && edge != first_edge);
  // Whichever comes first: only whether there are others is asked.
  first_edge = cells == 0 ? edge : first_edge;
  ++cells;
}

bool Survey::Kept::is_telling() const { return cells >= fewest_cells && is_at_several_edges; }

Survey::Survey(const Books& books) : books_(books), environments_(books.environments()) {
  for (Environment& environment : environments_) {
    environment.is_tenant_reached.resize(books_.roster().tenants.size());
  }
  group_spellings();
  read_all();
  if (has_old_) {
    group_sites();
  }
  if (!edges_with_old_.empty()) {
    count_answers();
    add_up_answers();
  }
}

void Survey::group_spellings() {
  const evidence::Roster& roster = books_.roster();
  std::unordered_map<std::string, std::uint32_t> groups;
  for (std::uint32_t i = 0; i < roster.assets.size(); ++i) {
    const evidence::AssetId asset{i};
    const auto next = static_cast<std::uint32_t>(groups.size());
    const std::uint32_t group = groups.try_emplace(http::alias_key(roster.asset(asset)), next).first->second;
    spellings_.resize(groups.size());
    spellings_[group].push_back(asset);
    group_of_asset_.push_back(group);
  }
}

void Survey::group_sites() {
  sites_.resize(environments_.size());
  std::vector<std::unordered_map<std::uint64_t, std::uint32_t>> numbers(sites_.size());  // by hash: the origin decides
  books_.for_each_site([&](std::uint32_t environment, evidence::TenantId tenant, const std::string& base_url) {
    Sites& sites = sites_[environment];
    const auto next = static_cast<std::uint32_t>(sites.tenants.size());
    const std::uint64_t key = base::fnv1a(http::site_key(base_url));
    const std::uint32_t site = numbers[environment].try_emplace(key, next).first->second;
    sites.tenants.resize(std::max<std::size_t>(next, site + 1));
    sites.tenants[site].push_back(tenant);
    sites.of_tenant.resize(books_.roster().tenants.size());
    sites.of_tenant[tenant.index()] = site;
  });
}

// Many tenants of one site are no other names of it: something else than the URL tells them apart.
std::span<const evidence::TenantId> Survey::site_of(const evidence::Cell& cell) const {
  constexpr std::size_t most_names = 8;
  const Sites& sites = sites_.at(books_.environment_of(cell.edge));
  const auto& tenants = sites.tenants.at(sites.of_tenant.at(cell.tenant.index()));
  return tenants.size() <= most_names ? std::span(tenants) : std::span<const evidence::TenantId>{};
}

void Survey::read_all() {
  CellView view;
  const auto read = [&](const Dossier& dossier) {
    Plainness plainness(dossier);
    for (const evidence::Cell& cell : dossier.cells()) {
      dossier.view(cell, view);
      if (view.is_current()) {
        plainness.add(view, decide(view));
      } else {
        plainness.add_not_fresh();
      }
      note(view);
    }
    return plainness.value();
  };
  books_.for_each_dossier(read, [&](Books::Plain, std::span<const evidence::Cell> cells) {
    std::ranges::for_each(cells, [&](const evidence::Cell& cell) { note_reached(cell); });
  });
}

void Survey::note_reached(const evidence::Cell& cell) {
  Environment& environment = environments_[books_.environment_of(cell.edge)];
  environment.is_reached = true;
  environment.is_tenant_reached[cell.tenant.index()] = true;
}

void Survey::note(const CellView& view) {
  if (view.looks.empty()) {
    return;
  }
  has_old_ = has_old_ || !view.is_current();
  if (view.is_current() || !view.purge().is_known || !is_untouched(view)) {
    note_reached(view.cell);
  } else {
    Environment& environment = environments_[books_.environment_of(view.cell.edge)];
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

void Survey::add_up_answers() {
  for (const auto& [server, answers] : answers_of_server_) {
    EdgeAnswers& of_edge = answers_of_edge_[server.first];
    of_edge.current += answers.old == 0 ? answers.current : 0;
    of_edge.is_one_torn = of_edge.is_one_torn || (answers.old > 0 && answers.current > 0);
  }
}

void Survey::look_across(CellView& view) const {
  if (!is_needed(view)) {
    return;
  }
  add_aliases(view);
  add_unreached(view);
  add_split(view);
}

const std::vector<Dossier>& Survey::neighbours_of(const evidence::Cell& cell) const {
  const std::tuple key{books_.environment_of(cell.edge), cell.tenant, cell.asset};
  if (neighbours_.of != key) {
    neighbours_.of = key;
    neighbours_.dossiers.clear();
    const auto add = [&](evidence::TenantId tenant, evidence::AssetId asset) {
      if (tenant != cell.tenant || asset != cell.asset) {
        neighbours_.dossiers.push_back(books_.dossier({cell.edge, tenant, asset, cell.variant}));
      }
    };
    for (const evidence::AssetId asset : spellings_of(cell.asset)) {
      add(cell.tenant, asset);
    }
    for (const evidence::TenantId tenant : site_of(cell)) {
      if (tenant != cell.tenant) {
        std::ranges::for_each(spellings_of(cell.asset), [&](evidence::AssetId asset) { add(tenant, asset); });
      }
    }
  }
  return neighbours_.dossiers;
}

void Survey::add_aliases(CellView& view) const {
  if (spellings_of(view.cell.asset).size() == 1 && site_of(view.cell).size() <= 1) {
    return;
  }
  CellView alias;
  for (const Dossier& dossier : neighbours_of(view.cell)) {
    const evidence::Cell cell{view.cell.edge, dossier.tenant(), dossier.asset(), view.cell.variant};
    if (!dossier.has(cell)) {
      continue;
    }
    dossier.view(cell, alias);
    if (!alias.is_current() || !is_one_resource(view.truth(), alias.truth())) {
      continue;
    }
    const Sighting& seen = *alias.looks.back().seen;
    std::string spelling(books_.roster().asset(cell.asset));
    if (cell.tenant != view.cell.tenant) {
      spelling = books_.notebook().url_of(seen);
      if (spelling == books_.notebook().url_of(*view.looks.front().seen)) {
        continue;  // no other name
      }
    }
    view.aliases_current.push_back({std::move(spelling), seen.id});
  }
}

void Survey::add_unreached(CellView& view) const {
  const Environment& environment = environments_[books_.environment_of(view.cell.edge)];
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
    const EdgeAnswers& of_edge = answers_of_edge_.at(view.cell.edge);
    if (!of_edge.is_one_torn && own->second.old >= fewest_answers && own->second.is_old_of_several &&
        of_edge.current >= fewest_answers) {
      view.split = ServerSplit{look.seen, own->second.old, of_edge.current};
      return;
    }
  }
}

}  // namespace cachewitness::verdict
