#include "verdict/books.h"

#include <algorithm>
#include <map>

namespace cachewitness::verdict {

namespace {

constexpr std::uint32_t no_sighting = 0xFFFFFFFF;
static_assert(sizeof(Sighting) <= 300, "a million sightings must fit in memory");

template <typename Entry>
std::vector<std::uint32_t> number_environments(const std::vector<Entry>& entries,
                                               std::map<std::string, std::uint32_t, std::less<>>& numbers) {
  std::vector<std::uint32_t> out;
  for (const Entry& entry : entries) {
    const auto next = static_cast<std::uint32_t>(numbers.size());
    out.push_back(numbers.try_emplace(entry.environment, next).first->second);
  }
  return out;
}

evidence::Cell truth_key(std::uint32_t environment, evidence::Cell cell) {
  cell.edge = evidence::EdgeId{environment};
  return cell;
}

bool is_earlier(const Sighting* a, const Sighting* b) { return is_before(*a, *b); }

}  // namespace

Books::Books(const evidence::RunHeader& header, const evidence::Roster& roster)
    : header_(header), roster_(roster), notebook_(header.policy), expectations_(header.expect, notebook_) {
  std::map<std::string, std::uint32_t, std::less<>> numbers;
  environment_of_edge_ = number_environments(roster.edges, numbers);
  environment_of_replica_ = number_environments(roster.replicas, numbers);
}

void Books::add(const evidence::Evidence& evidence) {
  // Ids that the roster does not know come from a damaged file: there is no cell to file them under.
  const bool is_origin = evidence.role == evidence::Role::origin;
  if (is_origin ? evidence.replica.index() >= environment_of_replica_.size()
                : evidence.cell.edge.index() >= environment_of_edge_.size()) {
    return;
  }
  const auto sighting = notebook_.add(evidence);
  if (!sighting) {
    return;
  }
  if (is_origin) {
    file(truths_, truth_key(environment_of_replica_[evidence.replica.index()], evidence.cell), *sighting);
  } else {
    file(evidence.role == evidence::Role::probe ? probes_ : baselines_, evidence.cell, *sighting);
  }
}

void Books::file(Chains& chains, const evidence::Cell& key, std::uint32_t sighting) {
  const auto [place, is_first] = chains.try_emplace(key, sighting);
  if (!is_first) {
    notebook_.at(sighting).next = place->second;
    place->second = sighting;
  }
}

std::vector<const Sighting*> Books::chain(const Chains& chains, const evidence::Cell& key) const {
  std::vector<const Sighting*> out;
  const auto found = chains.find(key);
  std::uint32_t at = found == chains.end() ? no_sighting : found->second;
  while (at != no_sighting) {
    out.push_back(&notebook_.at(at));
    at = out.back()->next;
  }
  std::ranges::sort(out, is_earlier);
  return out;
}

std::uint32_t Books::environment_of(const evidence::Cell& cell) const {
  return environment_of_edge_.at(cell.edge.index());
}

std::vector<const Sighting*> Books::replicas_of(const evidence::Cell& key) const {
  std::vector<const Sighting*> all = chain(truths_, key);
  std::ranges::sort(all, [](const Sighting* a, const Sighting* b) {
    return a->replica != b->replica ? a->replica < b->replica : is_before(*a, *b);
  });
  std::vector<const Sighting*> last;
  for (const Sighting* sighting : all) {
    if (!last.empty() && last.back()->replica == sighting->replica) {
      last.back() = sighting;
    } else {
      last.push_back(sighting);
    }
  }
  return last;
}

const Sighting* Books::baseline_of(const evidence::Cell& cell) const {
  const Sighting* last = nullptr;
  for (const Sighting* sighting : chain(baselines_, cell)) {
    last = is_truth(*sighting) ? sighting : last;
  }
  return last;
}

Truth Books::truth_of(const evidence::Cell& cell) const {
  const Expected expected =
      expectations_.find(roster_.tenant(cell.tenant), roster_.asset(cell.asset), roster_.variant(cell.variant));
  const auto replicas = replicas_of(truth_key(environment_of(cell), cell));
  return resolve_truth(expected, replicas, baseline_of(cell));
}

std::vector<TextId> Books::truth_cores(const evidence::Cell& cell) const {
  std::vector<TextId> cores;
  const auto take = [&cores](TextId core) {
    if (!core.is_none() && std::ranges::find(cores, core) == cores.end()) {
      cores.push_back(core);
    }
  };
  evidence::Cell variant = cell;
  for (std::uint32_t number = 0; number < roster_.variants.size(); ++number) {
    variant.variant = evidence::VariantId{number};
    const Truth truth = truth_of(variant);
    take(truth.expected.etag_core);
    for (const Sighting* replica : truth.current) {
      take(replica->etag_core);
    }
  }
  return cores;
}

CellView Books::own_view(const evidence::Cell& cell) const {
  CellView view;
  view.header = &header_;
  view.notebook = &notebook_;
  view.cell = cell;
  view.edge = roster_.edge(cell.edge).name;
  view.servers = roster_.edge(cell.edge).servers;
  view.variant = roster_.variant(cell.variant);
  view.baseline = baseline_of(cell);
  view.truth = truth_of(cell);
  view.truth_cores = truth_cores(cell);
  if (view.baseline != nullptr) {
    view.baseline_version = read_version(*view.baseline, {view.truth, view.truth_cores, nullptr});
  }
  add_looks(view);
  return view;
}

void Books::add_looks(CellView& view) const {
  std::vector<const Sighting*> seen = chain(probes_, view.cell);
  for (const Sighting* sighting : seen) {
    if (!sighting->is_answer()) {
      view.failures.push_back(sighting);
    }
  }
  std::vector<const Sighting*> others = seen;
  if (view.baseline != nullptr) {
    others.push_back(view.baseline);
  }
  for (const Sighting* sighting : seen) {
    if (sighting->is_answer()) {
      const Reference reference{view.truth, view.truth_cores, view.baseline};
      view.looks.push_back({sighting, read_version(*sighting, reference), date_object(*sighting, others)});
    }
  }
  // An edge that failed for a moment and then answered is judged by what it answered.
  if (!std::ranges::all_of(view.looks, &Look::is_own_error)) {
    std::erase_if(view.looks, [](const Look& look) { return look.is_own_error(); });
  }
}

CellView Books::view(const evidence::Cell& cell) const {
  CellView view = own_view(cell);
  if (view.first_not_current() != nullptr) {
    add_other_variants(view);
  }
  return view;
}

void Books::add_other_variants(CellView& view) const {
  evidence::Cell sibling = view.cell;
  for (std::uint32_t number = 0; number < roster_.variants.size(); ++number) {
    sibling.variant = evidence::VariantId{number};
    if (sibling.variant == view.cell.variant || !probes_.contains(sibling)) {
      continue;
    }
    const CellView other = own_view(sibling);
    if (other.is_current()) {
      view.other_variants_current.push_back(other.looks.back().seen);
    }
  }
}

std::vector<evidence::Cell> Books::cells() const {
  std::vector<evidence::Cell> out;
  out.reserve(probes_.size());
  for (const auto& [cell, first] : probes_) {
    out.push_back(cell);
  }
  std::ranges::sort(out);
  return out;
}

void Books::for_each_troubled_truth(const std::function<void(const TruthAnswers&)>& visit) const {
  for (const auto& [key, first] : truths_) {
    TruthAnswers answers;
    answers.cell = key;
    answers.expected =
        expectations_.find(roster_.tenant(key.tenant), roster_.asset(key.asset), roster_.variant(key.variant));
    answers.replicas = replicas_of(key);
    const Truth truth = resolve_truth(answers.expected, answers.replicas, nullptr);
    if (truth.silent.empty() && truth.lagging.empty() && !truth.is_divided) {
      continue;
    }
    for (std::uint32_t edge = 0; edge < environment_of_edge_.size(); ++edge) {
      if (environment_of_edge_[edge] == key.edge.value) {
        evidence::Cell cell = key;
        cell.edge = evidence::EdgeId{edge};
        if (const Sighting* baseline = baseline_of(cell); baseline != nullptr) {
          answers.baselines.push_back(baseline);
        }
      }
    }
    visit(answers);
  }
}

}  // namespace cachewitness::verdict
