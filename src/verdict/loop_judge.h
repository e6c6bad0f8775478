// LoopJudge: the judge of a run that may purge again what it flags. Every round of the closed loop is judged by the
// times of its own purge, with what was seen before it as the positive control; a cell's verdict is that of the last
// round that asked for it. Without a round it is a Judge and nothing else.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "evidence/evidence.h"
#include "evidence/run_header.h"
#include "verdict/judgement.h"

namespace cachewitness::verdict {

class LoopJudge {
 public:
  // Requires: both outlive it; the roster may grow meanwhile.
  LoopJudge(const evidence::RunHeader& header, const evidence::Roster& roster);

  // Evidence of that round may follow. Requires: its number is one more than that of the round before.
  void begin_round(const evidence::Round& round);
  // Requires: the evidence's round was begun.
  void add(const evidence::Evidence& evidence);

  // Of the last round: Judge::suspects() and Judge::unsettled().
  [[nodiscard]] std::vector<evidence::Cell> suspects() const { return last().suspects(); }
  [[nodiscard]] std::vector<evidence::Cell> unsettled() const { return last().unsettled(); }
  [[nodiscard]] Verdict verdict_of(const evidence::Cell& cell) const { return judge_of(cell).verdict_of(cell); }
  // Judge::first_verdict_of().
  [[nodiscard]] Verdict first_verdict_of(const evidence::Cell& cell) const {
    return judge_of(cell).first_verdict_of(cell);
  }
  // Judge::leaks_of(): leak checks belong to no round.
  [[nodiscard]] std::span<const LeakSighting> leaks_of(const evidence::Cell& cell) const {
    return first_.leaks_of(cell);
  }
  // Who has the last word on the cell. A leak is no round's affair: no purge takes it away.
  [[nodiscard]] const Judge& judge_of(const evidence::Cell& cell) const;
  [[nodiscard]] Judgement finish(const evidence::RunFooter& footer) const;
  [[nodiscard]] const evidence::RunHeader& header() const { return header_; }

 private:
  struct Rehearing {
    evidence::Round round;
    evidence::RunHeader header;
    std::unique_ptr<Judge> judge;
  };

  [[nodiscard]] const Judge& last() const { return rounds_.empty() ? first_ : *rounds_.back().judge; }

  const evidence::RunHeader& header_;
  const evidence::Roster& roster_;
  Judge first_;
  std::deque<Rehearing> rounds_;                                // headers keep their place, which their judges know
  std::map<evidence::Cell, std::vector<std::uint16_t>> asked_;  // rounds that asked for the cell, ascending
};

// Whether another purge can help a cell of that cause, or the origin, the cache's configuration or a clock is at fault.
[[nodiscard]] bool is_purge_a_remedy(Cause cause);

}  // namespace cachewitness::verdict
