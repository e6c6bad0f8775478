#include "verdict/dossier.h"

#include <algorithm>
#include <compare>
#include <iterator>
#include <tuple>
#include <utility>

#include "verdict/refill.h"

namespace cachewitness::verdict {

namespace {

using evidence::Role;

std::uint32_t place_of(const Sighting& sighting) {
  return sighting.role == Role::origin ? sighting.replica.value : sighting.cell.edge.value;
}

auto key_of(const Sighting& sighting) {
  return std::tuple(sighting.role, sighting.cell.variant.value, place_of(sighting));
}

auto key_of(const auto& group) { return std::tuple(group.role, group.variant, group.place); }

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

// Answers of replicas that a later answer of the same replica contradicts.
std::vector<const Sighting*> superseded(std::span<const Sighting* const> replicas) {
  std::vector<const Sighting*> out;
  for (const Sighting* last : last_of_each(replicas)) {
    std::ranges::copy_if(replicas, std::back_inserter(out), [last](const Sighting* earlier) {
      return earlier->replica == last->replica && is_truth(*earlier) && is_truth(*last) &&
             !may_be_same_version(*earlier, *last);
    });
  }
  return out;
}

// Another content coding of the same thing: its tag may show up on a representation that the edge recoded.
bool is_other_coding(const Truth& own, const Truth& other) {
  return !other.is_divided && std::ranges::all_of(own.current, [&](const Sighting* a) {
    return std::ranges::all_of(other.current,
                               [&](const Sighting* b) { return a->content_encoding != b->content_encoding; });
  });
}

void take_cores(const Truth& truth, std::vector<Text>& cores) {
  const auto take = [&cores](Text core) {
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
  return std::ranges::all_of(
             view.looks,
             [deadline](const Look& look) { return look.is_current() || look.seen->received_at < deadline; }) &&
         view.reaches_confidence(deadline);
}

bool is_dated_before_purge(const CellView& view, const Look& look) {
  return view.purge().is_known && look.dating.generation &&
         is_before_purge(*look.dating.generation, *look.seen, view.purge());
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

void Dossier::take(evidence::TenantId tenant, evidence::AssetId asset, const Trail& trail) {
  tenant_ = tenant;
  asset_ = asset;
  background_.notebook.read(trail, tenant, asset, held_);
  sightings_.clear();
  for (auto sighting = held_.rbegin(); sighting != held_.rend(); ++sighting) {  // the newest come first: almost sorted
    sightings_.push_back(&*sighting);
  }
  std::ranges::sort(sightings_, is_filed_before);
  group();
  find_repeated_exchanges();
  truths_.resize(background_.roster.variants.size());
  spreads_.assign(truths_.size(), std::nullopt);
  old_copies_.assign(truths_.size(), std::nullopt);
  for (std::uint32_t i = 0; i < truths_.size(); ++i) {
    resolve(evidence::VariantId{i});
  }
  for (std::uint32_t i = 0; i < truths_.size(); ++i) {
    collect_cores(evidence::VariantId{i});
  }
}

void Dossier::group() {
  groups_.clear();
  cells_.clear();
  for (std::uint32_t i = 0; i < sightings_.size(); ++i) {
    const Sighting& sighting = *sightings_[i];
    const Group key{sighting.role, sighting.cell.variant.value, place_of(sighting), i, i + 1};
    if (!groups_.empty() && key_of(groups_.back()) == key_of(key)) {
      groups_.back().end = i + 1;
      continue;
    }
    groups_.push_back(key);
    if (sighting.role == Role::probe) {
      cells_.push_back(sighting.cell);
    }
  }
  if (!std::ranges::is_sorted(cells_)) {
    std::ranges::sort(cells_);
  }
}

std::span<const Sighting* const> Dossier::select(Role role, evidence::VariantId variant, evidence::EdgeId edge) const {
  const std::tuple key{role, variant.value, edge.value};
  const auto found = std::ranges::lower_bound(groups_, key, {}, [](const Group& group) { return key_of(group); });
  if (found == groups_.end() || key_of(*found) != key) {
    return {};
  }
  return std::span(sightings_).subspan(found->first, found->end - found->first);
}

std::span<const Sighting* const> Dossier::select(Role role, evidence::VariantId variant) const {
  const std::tuple key{role, variant.value};
  const auto its_key = [](const Group& group) { return std::tuple(group.role, group.variant); };
  const auto range = std::ranges::equal_range(groups_, key, {}, its_key);
  if (range.empty()) {
    return {};
  }
  return std::span(sightings_).subspan(range.front().first, range.back().end - range.front().first);
}

void Dossier::resolve(evidence::VariantId variant) {
  const evidence::Roster& roster = background_.roster;
  Expected expected;
  if (!background_.expectations.is_empty()) {
    expected = background_.expectations.find(roster.tenant(tenant_), roster.asset(asset_), roster.variant(variant));
  }
  std::vector<const Sighting*> baselines;
  std::ranges::copy_if(select(Role::baseline, variant), std::back_inserter(baselines),
                       [](const Sighting* baseline) { return is_truth(*baseline); });
  Truth& truth = truths_[variant.index()].truth;
  truth = resolve_truth(expected, last_of_each(select(Role::origin, variant)), baselines);
  truth.superseded = superseded(select(Role::origin, variant));
}

void Dossier::collect_cores(evidence::VariantId variant) {
  VariantTruth& own = truths_[variant.index()];
  own.cores.clear();
  take_cores(own.truth, own.cores);
  for (const VariantTruth& other : truths_) {
    if (&other != &own && is_other_coding(own.truth, other.truth)) {
      take_cores(other.truth, own.cores);
    }
  }
}

const Sighting* Dossier::baseline_of(const evidence::Cell& cell) const {
  if (groups_.back().role != Role::baseline) {  // the last of the roles
    return nullptr;
  }
  const Sighting* last = nullptr;
  for (const Sighting* sighting : select(Role::baseline, cell.variant, cell.edge)) {
    last = is_truth(*sighting) ? sighting : last;
  }
  return last;
}

void Dossier::own_view(const evidence::Cell& cell, CellView& out) const {
  const VariantTruth& truth = truths_[cell.variant.index()];
  const evidence::EdgeEntry& edge = background_.roster.edge(cell.edge);
  out.header = &background_.header;
  out.notebook = &background_.notebook;
  out.cell = cell;
  out.edge = edge.name;
  out.environment = edge.environment;
  out.purge_failures = &background_.purge_failures;
  out.tenant = background_.roster.tenant(cell.tenant);
  out.leaks = background_.leaks.of(cell);
  out.leak_book = out.leaks.empty() ? nullptr : &background_.leaks;
  out.servers = edge.servers;
  out.sampled_edges = background_.sampled_edges;
  out.variant = background_.roster.variant(cell.variant);
  out.baseline = baseline_of(cell);
  out.resolved_truth = &truth.truth;
  out.truth_cores = truth.cores;
  out.baseline_version.reset();
  if (out.baseline != nullptr) {
    out.baseline_version = read_version(*out.baseline, {truth.truth, truth.cores, nullptr});
  }
  out.looks.clear();
  out.set_aside.clear();
  out.failures.clear();
  out.other_variants_current.clear();
  out.spread = {};
  out.shared = {};
  out.twin = {};
  out.aliases_current.clear();
  out.unreached = {};
  out.split.reset();
  add_looks(out);
}

void Dossier::add_looks(CellView& view) const {
  const auto seen = select(Role::probe, view.cell.variant, view.cell.edge);
  const Reference reference{view.truth(), view.truth_cores, view.baseline};
  for (const Sighting* sighting : seen) {
    if (sighting->is_answer()) {
      view.looks.push_back({sighting, read_version(*sighting, reference), date_object(*sighting, seen, view.baseline)});
    } else {
      view.failures.push_back(sighting);
    }
  }
  // An edge that failed for a moment and then answered is judged by what it answered.
  if (!std::ranges::all_of(view.looks, &Look::is_own_error)) {
    set_aside(view, [](const Look& look) { return look.is_own_error(); });
  }
  if (view.first_not_current() != nullptr && has_settled(view)) {
    set_aside(view, [deadline = propagation_deadline(view)](const Look& look) {
      return look.is_not_current() && look.seen->received_at < deadline;
    });
  }
}

bool Dossier::has(const evidence::Cell& cell) const { return std::ranges::binary_search(cells_, cell); }

CellView Dossier::view(const evidence::Cell& cell) const {
  CellView out;
  view(cell, out);
  return out;
}

void Dossier::view(const evidence::Cell& cell, CellView& out) const {
  own_view(cell, out);
  add_twin(out);
  if (out.first_not_current() != nullptr) {
    add_other_variants(out);
    out.spread = spread_of(cell.variant);
    add_shared(out);
  }
}

// Of origins none is known: their heads are not read for a provider's edge.
void Dossier::find_repeated_exchanges() {
  repeated_.clear();
  for (const Sighting* sighting : sightings_) {
    if (sighting->exchange != 0 && sighting->role != Role::origin) {
      repeated_.push_back(sighting);
    }
  }
  std::ranges::sort(repeated_, [](const Sighting* a, const Sighting* b) {
    return a->exchange != b->exchange ? a->exchange < b->exchange : is_before(*a, *b);
  });
  std::vector<const Sighting*> kept;
  for (std::size_t i = 0; i < repeated_.size(); ++i) {
    const bool is_as_before = i > 0 && repeated_[i - 1]->exchange == repeated_[i]->exchange;
    const bool is_as_next = i + 1 < repeated_.size() && repeated_[i + 1]->exchange == repeated_[i]->exchange;
    if (is_as_before || is_as_next) {
      kept.push_back(repeated_[i]);
    }
  }
  repeated_ = std::move(kept);
}

const Sighting* Dossier::twin_of(const Sighting& sighting) const {
  for (const Sighting* other : std::ranges::equal_range(repeated_, sighting.exchange, {}, &Sighting::exchange)) {
    // One request has one time: twice in a file, it is the same line.
    if (other != &sighting && other->sent_at != sighting.sent_at) {
      return other;
    }
  }
  return nullptr;
}

void Dossier::add_twin(CellView& view) const {
  for (std::size_t i = 0; !repeated_.empty() && i < view.looks.size() && view.twin.other == nullptr; ++i) {
    const Sighting* seen = view.looks[i].seen;
    view.twin = {seen, twin_of(*seen)};
  }
}

Spread Dossier::spread_of(evidence::VariantId variant) const {
  std::optional<Spread>& spread = spreads_[variant.index()];
  if (!spread && background_.header.purge.is_known) {
    spread.emplace();
    CellView view;
    for (const evidence::Cell& cell : cells_) {
      if (cell.variant != variant) {
        continue;
      }
      own_view(cell, view);
      spread->answered += view.looks.empty() ? 0 : 1;
      spread->kept += is_untouched(view) ? 1 : 0;
    }
  }
  return spread.value_or(Spread{});
}

const std::vector<Dossier::OldCopy>& Dossier::old_copies(evidence::VariantId variant) const {
  std::optional<std::vector<OldCopy>>& copies = old_copies_[variant.index()];
  if (copies) {
    return *copies;
  }
  copies.emplace();
  CellView view;
  for (const evidence::Cell& cell : cells_) {
    if (cell.variant != variant) {
      continue;
    }
    own_view(cell, view);
    if (const Look* old = view.first_not_current(); old != nullptr && is_dated_before_purge(view, *old)) {
      copies->push_back({old->seen, *old->dating.generation, predecessor_of(view, *old) == Predecessor::another});
    }
  }
  std::ranges::sort(*copies, {}, [](const OldCopy& copy) { return std::tuple(copy.generation.after, copy.seen->id); });
  return *copies;
}

// Of the same variant at other edges; and of other variants at this edge, which may keep one object for all of them.
void Dossier::add_shared(CellView& view) const {
  const Look* own = view.first_not_current();
  if (own == nullptr || !is_dated_before_purge(view, *own)) {
    return;
  }
  for (std::uint32_t number = 0; number < truths_.size(); ++number) {
    const bool is_own_variant = evidence::VariantId{number} == view.cell.variant;
    for (const OldCopy& copy : old_copies(evidence::VariantId{number})) {
      if (copy.generation.after >= own->dating.generation->until) {
        break;  // they are sorted by it
      }
      const bool is_own_edge = copy.seen->cell.edge == view.cell.edge;
      const bool is_same_object =
          copy.generation.until > own->dating.generation->after && is_same_version(*copy.seen, *own->seen);
      if (is_own_edge == is_own_variant || !is_same_object) {
        continue;
      }
      const bool is_fetched = http::is_fetched(copy.seen->mark);
      if (is_own_edge && is_fetched && is_before(*copy.seen, *own->seen)) {
        view.shared.fetched = copy.seen;  // this edge's own word weighs more than any other's
        return;
      }
      if (is_own_variant && is_fetched && view.shared.fetched == nullptr) {
        view.shared.fetched = copy.seen;
      }
      if (is_own_variant && copy.is_newcomer && view.shared.newcomer == nullptr) {
        view.shared.newcomer = copy.seen;
      }
    }
  }
}

// A variant may have a host or a scheme of its own: to a cache that is another object in any case.
bool Dossier::is_one_url(const Sighting& a, const Sighting& b) const {
  return a.url == b.url || background_.notebook.url_of(a) == background_.notebook.url_of(b);
}

void Dossier::add_other_variants(CellView& view) const {
  evidence::Cell sibling = view.cell;
  CellView other;
  for (std::uint32_t number = 0; number < truths_.size(); ++number) {
    sibling.variant = evidence::VariantId{number};
    if (sibling.variant == view.cell.variant || !has(sibling)) {
      continue;
    }
    own_view(sibling, other);
    if (!other.is_current()) {
      continue;
    }
    const Sighting& seen = *other.looks.back().seen;
    if (is_one_url(*view.looks.front().seen, seen)) {
      view.other_variants_current.push_back(&seen);
    } else if (is_one_resource(view.truth(), other.truth())) {
      view.aliases_current.push_back({background_.notebook.url_of(seen), seen.id});
    }
  }
}

}  // namespace cachewitness::verdict
