#include "verdict/loop_judge.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/assert.h"
#include "verdict/conclusion.h"

namespace cachewitness::verdict {

namespace {

// Judgements of the first pass and of each round, and what each says of a cell.
class Hearing {
 public:
  Hearing(const Judge& judge, const evidence::RunFooter& footer) : judge_(judge), judgement_(judge.finish(footer)) {
    for (const Verdict& finding : judgement_.findings) {
      findings_.emplace(finding.cell, &finding);
    }
  }
  Hearing(const Hearing&) = delete;
  Hearing& operator=(const Hearing&) = delete;

  // Nothing where it has seen nothing of the cell.
  [[nodiscard]] std::optional<Verdict> verdict_of(const evidence::Cell& cell) const {
    const auto found = findings_.find(cell);
    if (found != findings_.end()) {
      return *found->second;
    }
    Verdict verdict = judge_.first_verdict_of(cell);  // fresh, or none
    return verdict.rule.empty() ? std::nullopt : std::optional(std::move(verdict));
  }
  Judgement& judgement() { return judgement_; }

 private:
  const Judge& judge_;
  Judgement judgement_;
  std::map<evidence::Cell, const Verdict*> findings_;
};

// What the rounds saw of the edges, beyond the cells.
void add_edges(const std::vector<EdgeSummary>& seen, std::vector<EdgeSummary>& edges) {
  for (std::size_t i = 0; i < std::min(seen.size(), edges.size()); ++i) {
    edges[i].probes += seen[i].probes;
    edges[i].connections_seen += seen[i].connections_seen;
    if (seen[i].detection_power && edges[i].detection_power) {
      edges[i].detection_power = std::min(*edges[i].detection_power, *seen[i].detection_power);
    }
  }
}

void add_origins(std::vector<OriginTrouble>&& seen, std::vector<OriginTrouble>& origins) {
  for (OriginTrouble& trouble : seen) {
    const auto is_same = [&](const OriginTrouble& other) {
      return other.replica == trouble.replica && other.what == trouble.what;
    };
    if (std::ranges::none_of(origins, is_same)) {
      origins.push_back(std::move(trouble));
    }
  }
}

using Asked = std::map<evidence::Cell, std::vector<std::uint16_t>>;

// Puts the verdict of the last round that asked for a cell in the place of what the first hearing found, and gives what
// was found of those that are fresh by now. A leak is no round's affair.
std::vector<Verdict> give_last_words(std::deque<Hearing>& hearings, const Asked& asked, Judgement& judgement) {
  std::vector<Verdict> healed;
  std::vector<Verdict> last_words;
  for (const auto& [cell, rounds] : asked) {
    std::optional<Verdict> before = hearings.front().verdict_of(cell);
    if (before && before->state == State::leak) {
      last_words.push_back(*std::move(before));
      continue;
    }
    CellCounts& counts = judgement.edges[cell.edge.index()].cells;
    if (before) {
      counts.remove(before->state, before->grade, before->is_waived);
    }
    for (std::size_t i = 0; i + 1 < rounds.size(); ++i) {
      before = hearings[rounds[i]].verdict_of(cell);
    }
    Verdict last = *hearings[rounds.back()].verdict_of(cell);
    counts.add(last.state, last.grade, last.is_waived);
    if (last.state != State::fresh) {
      last_words.push_back(std::move(last));
    } else if (before && before->state != State::fresh) {
      before->url = last.url;
      healed.push_back(*std::move(before));
    }
  }
  std::erase_if(judgement.findings, [&](const Verdict& finding) { return asked.contains(finding.cell); });
  std::ranges::move(last_words, std::back_inserter(judgement.findings));
  return healed;
}

// What the rounds saw beyond the cells; the first hearing's is in the judgement.
void add_rounds(std::deque<Hearing>& hearings, Judgement& judgement) {
  for (std::size_t i = 1; i < hearings.size(); ++i) {
    Judgement& round = hearings[i].judgement();
    judgement.masked_answers += round.masked_answers;
    judgement.masked_bytes += round.masked_bytes;
    add_edges(round.edges, judgement.edges);
    add_origins(std::move(round.origins), judgement.origins);
  }
  judgement.cells = {};
  judgement.probes = 0;
  for (const EdgeSummary& edge : judgement.edges) {
    judgement.cells += edge.cells;
    judgement.probes += edge.probes;
  }
}

}  // namespace

bool is_purge_a_remedy(Cause cause) {
  switch (cause) {
    case Cause::stale_origin_replica:  // purged, it would be fetched old again
    case Cause::stale_if_error:        // the origin fails
    case Cause::validator_drift:       // the content is right
    case Cause::clock_skew:            // nothing is old
    case Cause::not_cached:            // nothing is held
    case Cause::transformed:           // the edge does it anew to what it fetches
      return false;
    default:  // a leak comes back with the next visitor: its key, a header or a setting is at fault
      return entry(cause).state == State::stale || entry(cause).state == State::mismatch;
  }
}

LoopJudge::LoopJudge(const evidence::RunHeader& header, const evidence::Roster& roster)
    : header_(header), roster_(roster), first_(header, roster) {}

void LoopJudge::begin_round(const evidence::Round& round) {
  CW_ASSERT(round.number == rounds_.size() + 1);
  Rehearing& rehearing = rounds_.emplace_back();
  rehearing.round = round;
  rehearing.header = header_;
  rehearing.header.purge = round.purge;
  rehearing.header.has_baseline = true;  // what was flagged was seen
  rehearing.judge = std::make_unique<Judge>(rehearing.header, roster_);
}

void LoopJudge::add(const evidence::Evidence& evidence) {
  CW_ASSERT(evidence.round <= rounds_.size());
  if (evidence.round == 0) {
    first_.add(evidence);
    return;
  }
  rounds_[evidence.round - 1U].judge->add(evidence);
  if (evidence.role == evidence::Role::probe) {
    std::vector<std::uint16_t>& rounds = asked_[evidence.cell];
    const auto place = std::ranges::lower_bound(rounds, evidence.round);
    if (place == rounds.end() || *place != evidence.round) {
      rounds.insert(place, evidence.round);
    }
  }
}

const Judge& LoopJudge::judge_of(const evidence::Cell& cell) const {
  const auto asked = asked_.find(cell);
  if (asked == asked_.end()) {
    return first_;
  }
  // Leak rules look at the cell alone.
  const bool is_leaking = !first_.leaks_of(cell).empty() && first_.first_verdict_of(cell).state == State::leak;
  return is_leaking ? first_ : *rounds_[asked->second.back() - 1U].judge;
}

Judgement LoopJudge::finish(const evidence::RunFooter& footer) const {
  if (rounds_.empty()) {
    Judgement judgement = first_.finish(footer);
    if (header_.most_rounds > 0) {
      judgement.loop = LoopResult{header_.most_rounds, {}, {}};
    }
    return judgement;
  }
  std::deque<Hearing> hearings;
  hearings.emplace_back(first_, footer);
  LoopResult loop{header_.most_rounds, {}, {}};
  for (const Rehearing& rehearing : rounds_) {
    hearings.emplace_back(*rehearing.judge, footer);
    loop.rounds.push_back(rehearing.round);
  }
  Judgement judgement = hearings.front().judgement();
  std::vector<Verdict> healed = give_last_words(hearings, asked_, judgement);
  add_rounds(hearings, judgement);
  sort_findings(judgement.findings, roster_);
  sort_findings(healed, roster_);
  for (Verdict& verdict : healed) {
    loop.healed.push_back({verdict.cell, verdict.cause, asked_.at(verdict.cell).back(), std::move(verdict.url)});
  }
  conclude(judgement, header_, roster_, footer);
  judgement.loop = std::move(loop);
  return judgement;
}

}  // namespace cachewitness::verdict
