#include "parity/comparer.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "parity/collation.h"
#include "parity/contrast.h"
#include "parity/gate.h"
#include "parity/sightings.h"
#include "parity/waivers.h"

namespace cachewitness::parity {

namespace {

// One combination in one pair of environments.
class PairCount {
 public:
  PairCount(PairScore& score, std::span<const Sighting> seen, std::span<const std::size_t> environment_of,
            std::size_t one, std::size_t other) {
    std::set<std::uint32_t> answered[2];
    std::set<std::uint32_t> asked;
    for (const Sighting& sighting : seen) {
      const std::size_t environment = environment_of[sighting.edge];
      if (environment == one || environment == other) {
        asked.insert(sighting.edge);
        if (sighting.behaviour != Sighting::unanswered) {
          answered[environment == one ? 0 : 1].insert(sighting.edge);
        }
      }
    }
    is_comparable_ = !answered[0].empty() && !answered[1].empty();
    const std::uint64_t cells = is_comparable_ ? answered[0].size() + answered[1].size() : 0;
    score.cells += cells;
    score.same += cells;
    score.unsure += asked.size() - cells;
  }
  [[nodiscard]] bool is_comparable() const { return is_comparable_; }

  void note(std::span<const evidence::EdgeId> edges, bool is_waived) {
    for (const evidence::EdgeId edge : edges) {
      (is_waived ? waived_ : different_).insert(edge.value);
    }
  }
  void settle(PairScore& score) {
    std::erase_if(waived_, [&](std::uint32_t edge) { return different_.contains(edge); });
    score.different += different_.size();
    score.waived += waived_.size();
    score.same -= different_.size() + waived_.size();
  }

 private:
  bool is_comparable_ = false;
  std::set<std::uint32_t> different_;
  std::set<std::uint32_t> waived_;
};

}  // namespace

struct Comparer::State {
  State(const evidence::RunHeader& run_header, const evidence::Roster& run_roster)
      : header(run_header), roster(run_roster) {
    for (const evidence::EdgeEntry& edge : roster.edges) {
      auto place = std::ranges::find(environments, edge.environment);
      environment_of.push_back(static_cast<std::size_t>(place - environments.begin()));
      if (place == environments.end()) {
        environments.push_back(edge.environment);
      }
    }
  }

  const evidence::RunHeader& header;
  const evidence::Roster& roster;
  std::vector<std::string> environments;
  std::vector<std::size_t> environment_of;  // by edge
  Sightings sightings;
  std::uint64_t probes = 0;

  [[nodiscard]] std::vector<PairScore> make_pairs() const;
  [[nodiscard]] std::vector<EnvironmentCounts> count_environments() const;
  void compare(const Combination& combination, std::span<const Sighting> seen, const Waivers& waivers,
               std::vector<PairScore>& pairs, Collation& collation) const;
};

Comparer::Comparer(const evidence::RunHeader& header, const evidence::Roster& roster)
    : state_(std::make_unique<State>(header, roster)) {}
Comparer::~Comparer() = default;

void Comparer::take(const evidence::Evidence& evidence) {
  if (evidence.role != evidence::Role::probe) {
    return;
  }
  const evidence::Cell& cell = evidence.cell;
  const Combination combination{cell.tenant.value, cell.asset.value, cell.variant.value};
  if (const base::Failure* failure = evidence.failure()) {
    if (failure->cause != base::FailureCause::cancelled) {
      ++state_->probes;
      state_->sightings.add_unanswered(combination, cell.edge.value);
    }
    return;
  }
  ++state_->probes;
  const BehaviourContext context{state_->header.parity, state_->roster.edge(cell.edge).environment,
                                 state_->roster.tenant(cell.tenant), state_->roster.asset(cell.asset)};
  state_->sightings.add(combination, cell.edge.value, behaviour_of(evidence, context));
}

std::vector<PairScore> Comparer::State::make_pairs() const {
  std::vector<PairScore> pairs;
  for (std::size_t one = 0; one < environments.size(); ++one) {
    for (std::size_t other = one + 1; other < environments.size(); ++other) {
      PairScore& pair = pairs.emplace_back();
      pair.one = environments[one];
      pair.other = environments[other];
    }
  }
  return pairs;
}

std::vector<EnvironmentCounts> Comparer::State::count_environments() const {
  std::vector<EnvironmentCounts> counts;
  for (const std::string& name : environments) {
    counts.emplace_back().name = name;
  }
  for (const std::size_t environment : environment_of) {
    ++counts[environment].edges;
  }
  for (const auto& [combination, seen] : sightings.all()) {
    std::set<std::uint32_t> answered;
    std::set<std::uint32_t> asked;
    for (const Sighting& sighting : seen) {
      asked.insert(sighting.edge);
      if (sighting.behaviour != Sighting::unanswered) {
        answered.insert(sighting.edge);
      }
    }
    for (const std::uint32_t edge : asked) {
      ++counts[environment_of[edge]].cells;
      counts[environment_of[edge]].unanswered += answered.contains(edge) ? 0U : 1U;
    }
  }
  return counts;
}

void Comparer::State::compare(const Combination& combination, std::span<const Sighting> seen, const Waivers& waivers,
                              std::vector<PairScore>& pairs, Collation& collation) const {
  const std::vector<Contrast> contrasts = find_contrasts(sightings, seen, environment_of, environments.size());
  std::vector<std::vector<Collation::Pair>> differing(contrasts.size());
  std::size_t index = 0;
  for (std::uint32_t one = 0; one < environments.size(); ++one) {
    for (std::uint32_t other = one + 1; other < environments.size(); ++other, ++index) {
      PairCount count(pairs[index], seen, environment_of, one, other);
      for (std::size_t i = 0; i < contrasts.size(); ++i) {
        const Contrast& contrast = contrasts[i];
        if (!contrast.differ(one, other)) {
          continue;
        }
        const auto ours = contrast.deviating(one, other);
        const auto theirs = contrast.deviating(other, one);
        const auto rule = waivers.covering({sightings.what(contrast.what), roster.tenants.at(combination.tenant),
                                            roster.assets.at(combination.asset), ours, theirs});
        differing[i].push_back({one, other, rule});
        if (!contrast.is_mapped) {  // what is mapped means the same, and costs the score nothing
          count.note(ours, rule.has_value());
          count.note(theirs, rule.has_value());
        }
      }
      count.settle(pairs[index]);
    }
  }
  for (std::size_t i = 0; i < contrasts.size(); ++i) {
    if (!differing[i].empty()) {
      collation.add(contrasts[i], combination, differing[i]);
    }
  }
}

Comparison Comparer::finish(const evidence::RunFooter& footer) const {
  Comparison comparison;
  comparison.environments = state_->count_environments();
  comparison.pairs = state_->make_pairs();
  comparison.probes = state_->probes;
  const Waivers waivers(state_->header.parity, state_->roster, state_->header.started_at);
  Collation collation(state_->sightings, state_->roster, waivers, state_->environments);
  for (const auto& [combination, seen] : state_->sightings.all()) {
    state_->compare(combination, seen, waivers, comparison.pairs, collation);
  }
  for (PairScore& pair : comparison.pairs) {
    pair.score = pair.cells == 0 ? 1.0 : static_cast<double>(pair.same + pair.waived) / static_cast<double>(pair.cells);
  }
  comparison.findings = collation.findings();
  comparison.gate = judge_gate(comparison, state_->header.gate, footer);
  return comparison;
}

}  // namespace cachewitness::parity
