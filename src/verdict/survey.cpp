#include "verdict/survey.h"

#include "http/target_alias.h"

namespace cachewitness::verdict {

namespace {

// Two spellings of one resource: the origin gives the same for both.
bool is_one_resource(const Truth& one, const Truth& other) {
  const Sighting* a = one.example();
  const Sighting* b = other.example();
  return a != nullptr && b != nullptr && !one.is_divided && !other.is_divided && is_same_version(*a, *b);
}

}  // namespace

Survey::Survey(const Books& books) : books_(books) { group_aliases(); }

void Survey::group_aliases() {
  const evidence::Roster& roster = books_.roster();
  for (std::uint32_t i = 0; i < roster.assets.size(); ++i) {
    const evidence::AssetId asset{i};
    aliases_[http::alias_key(roster.asset(asset))].push_back(asset);
  }
}

void Survey::look_across(CellView& view) const {
  if (!view.is_current()) {
    add_aliases(view);
  }
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

}  // namespace cachewitness::verdict
