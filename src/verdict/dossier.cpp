#include "verdict/dossier.h"

#include <algorithm>
#include <compare>
#include <iterator>
#include <tuple>
#include <utility>

namespace cachewitness::verdict {

namespace {

using evidence::Role;

std::uint32_t place_of(const Sighting& sighting) {
  return sighting.role == Role::origin ? sighting.replica.value : sighting.cell.edge.value;
}

auto key_of(const Sighting& sighting) {
  return std::tuple(sighting.role, sighting.cell.variant.value, place_of(sighting));
}

bool is_filed_before(const Sighting* a, const Sighting* b) {
  const auto key_a = key_of(*a);
  const auto key_b = key_of(*b);
  return key_a != key_b ? key_a < key_b : is_before(*a, *b);
}

// The last answer of each replica.
std::vector<const Sighting*> last_of_each(std::span<const Sighting* const> replicas) {
  std::vector<const Sighting*> last;
  for (const Sighting* sighting : replicas) {
    if (!last.empty() && last.back()->replica == sighting->replica) {
      last.back() = sighting;
    } else {
      last.push_back(sighting);
    }
  }
  return last;
}

// Another content coding of the same thing: its tag may show up on a representation that the edge recoded.
bool is_other_coding(const Truth& own, const Truth& other) {
  return !other.is_divided && std::ranges::all_of(own.current, [&](const Sighting* a) {
    return std::ranges::all_of(other.current,
                               [&](const Sighting* b) { return a->content_encoding != b->content_encoding; });
  });
}

void take_cores(const Truth& truth, std::vector<TextId>& cores) {
  const auto take = [&cores](TextId core) {
    if (!core.is_none() && std::ranges::find(cores, core) == cores.end()) {
      cores.push_back(core);
    }
  };
  take(truth.expected.etag_core);
  for (const Sighting* replica : truth.current) {
    take(replica->etag_core);
  }
}

base::Instant propagation_deadline(const CellView& view) {
  return view.purge().acknowledged_at + view.header->policy.propagation;
}

// Within the deadline another version is no fault, and it is over once the new one is there after it: on a
// single server at the last answer, behind an address that hides several at as many as it takes to meet all.
bool has_settled(const CellView& view) {
  if (!view.purge().is_known || view.looks.empty()) {
    return false;
  }
  const base::Instant deadline = propagation_deadline(view);
  if (view.servers <= 1) {
    return view.looks.back().is_current() && view.looks.back().seen->received_at >= deadline;
  }
  return view.connections_since(deadline) >= view.connections_needed() &&
         std::ranges::all_of(view.looks, [deadline](const Look& look) {
           return look.is_current() || look.seen->received_at < deadline;
         });
}

void set_aside(CellView& view, const auto& does_not_count) {
  for (const Look& look : view.looks) {
    if (does_not_count(look)) {
      view.set_aside.push_back(look.seen);
    }
  }
  std::erase_if(view.looks, does_not_count);
}

}  // namespace

Dossier::Dossier(const Background& background, evidence::TenantId tenant, evidence::AssetId asset,
                 std::vector<const Sighting*> sightings)
    : background_(background), tenant_(tenant), asset_(asset), sightings_(std::move(sightings)) {
  std::ranges::sort(sightings_, is_filed_before);
  truths_.resize(background_.roster.variants.size());
  for (std::uint32_t i = 0; i < truths_.size(); ++i) {
    resolve(evidence::VariantId{i});
  }
  for (std::uint32_t i = 0; i < truths_.size(); ++i) {
    collect_cores(evidence::VariantId{i});
  }
  for (const Sighting* sighting : sightings_) {
    if (sighting->role == Role::probe && (cells_.empty() || cells_.back() != sighting->cell)) {
      cells_.push_back(sighting->cell);
    }
  }
  std::ranges::sort(cells_);
}

std::span<const Sighting* const> Dossier::select(Role role, evidence::VariantId variant,
                                                 std::optional<evidence::EdgeId> edge) const {
  const auto compare = [&](const Sighting* a) {
    const auto [its_role, its_variant, its_place] = key_of(*a);
    const std::tuple its{its_role, its_variant, edge ? its_place : 0};
    return its <=> std::tuple(role, variant.value, edge ? edge->value : 0);
  };
  const auto first =
      std::ranges::partition_point(sightings_, [&](const Sighting* a) { return std::is_lt(compare(a)); });
  const auto last =
      std::partition_point(first, sightings_.end(), [&](const Sighting* a) { return std::is_eq(compare(a)); });
  return {first, last};
}

void Dossier::resolve(evidence::VariantId variant) {
  const evidence::Roster& roster = background_.roster;
  const Expected expected =
      background_.expectations.find(roster.tenant(tenant_), roster.asset(asset_), roster.variant(variant));
  std::vector<const Sighting*> baselines;
  std::ranges::copy_if(select(Role::baseline, variant, std::nullopt), std::back_inserter(baselines),
                       [](const Sighting* baseline) { return is_truth(*baseline); });
  truths_[variant.index()].truth =
      resolve_truth(expected, last_of_each(select(Role::origin, variant, std::nullopt)), baselines);
}

void Dossier::collect_cores(evidence::VariantId variant) {
  VariantTruth& own = truths_[variant.index()];
  take_cores(own.truth, own.cores);
  for (const VariantTruth& other : truths_) {
    if (&other != &own && is_other_coding(own.truth, other.truth)) {
      take_cores(other.truth, own.cores);
    }
  }
}

const Sighting* Dossier::baseline_of(const evidence::Cell& cell) const {
  const Sighting* last = nullptr;
  for (const Sighting* sighting : select(Role::baseline, cell.variant, cell.edge)) {
    last = is_truth(*sighting) ? sighting : last;
  }
  return last;
}

CellView Dossier::own_view(const evidence::Cell& cell) const {
  const VariantTruth& truth = truths_[cell.variant.index()];
  const evidence::EdgeEntry& edge = background_.roster.edge(cell.edge);
  CellView view;
  view.header = &background_.header;
  view.notebook = &background_.notebook;
  view.cell = cell;
  view.edge = edge.name;
  view.servers = edge.servers;
  view.variant = background_.roster.variant(cell.variant);
  view.baseline = baseline_of(cell);
  view.resolved_truth = &truth.truth;
  view.truth_cores = truth.cores;
  if (view.baseline != nullptr) {
    view.baseline_version = read_version(*view.baseline, {truth.truth, truth.cores, nullptr});
  }
  add_looks(view);
  return view;
}

void Dossier::add_looks(CellView& view) const {
  const auto seen = select(Role::probe, view.cell.variant, view.cell.edge);
  std::vector<const Sighting*> others(seen.begin(), seen.end());
  if (view.baseline != nullptr) {
    others.push_back(view.baseline);
  }
  const Reference reference{view.truth(), view.truth_cores, view.baseline};
  view.looks.reserve(seen.size());
  for (const Sighting* sighting : seen) {
    if (sighting->is_answer()) {
      view.looks.push_back({sighting, read_version(*sighting, reference), date_object(*sighting, others)});
    } else {
      view.failures.push_back(sighting);
    }
  }
  // An edge that failed for a moment and then answered is judged by what it answered.
  if (!std::ranges::all_of(view.looks, &Look::is_own_error)) {
    set_aside(view, [](const Look& look) { return look.is_own_error(); });
  }
  if (has_settled(view)) {
    set_aside(view, [deadline = propagation_deadline(view)](const Look& look) {
      return look.is_not_current() && look.seen->received_at < deadline;
    });
  }
}

bool Dossier::has(const evidence::Cell& cell) const { return std::ranges::binary_search(cells_, cell); }

CellView Dossier::view(const evidence::Cell& cell) const {
  CellView view = own_view(cell);
  if (view.first_not_current() != nullptr) {
    add_other_variants(view);
  }
  return view;
}

void Dossier::add_other_variants(CellView& view) const {
  evidence::Cell sibling = view.cell;
  for (std::uint32_t number = 0; number < truths_.size(); ++number) {
    sibling.variant = evidence::VariantId{number};
    if (sibling.variant == view.cell.variant || !has(sibling)) {
      continue;
    }
    const CellView other = own_view(sibling);
    if (other.is_current()) {
      view.other_variants_current.push_back(other.looks.back().seen);
    }
  }
}

}  // namespace cachewitness::verdict
