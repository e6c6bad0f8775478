// Rounds of the closed loop: the part of Run that a plain verification does without.
#include <map>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "app/run.h"

namespace cachewitness::app {

namespace {

// A few hundred megabytes of heads at most. Of what is beyond, a round says "consistent" where it could say "proven".
constexpr std::size_t most_last_looks = 50'000;

}  // namespace

void Run::keep_last_look(const evidence::Evidence& evidence) {
  if (evidence.response() == nullptr || !again_.contains(evidence.cell)) {
    return;
  }
  if (last_looks_.size() < most_last_looks || last_looks_.contains(evidence.cell)) {
    last_looks_.insert_or_assign(evidence.cell, evidence);
  }
}

void Run::begin_round(const evidence::Round& round, const std::vector<evidence::Cell>& cells) {
  round_ = round;
  deadline_ = ports_.network.now() + settings_.total.value_or(plan_.manifest().limits.total);
  judge_->begin_round(round);
  if (output_) {
    output_->write(round);
  }
  for (const evidence::Cell& cell : cells) {
    const auto look = last_looks_.find(cell);
    if (look == last_looks_.end()) {
      continue;
    }
    evidence::Evidence before = look->second;
    before.role = evidence::Role::baseline;
    before.round = round.number;
    judge_->add(before);
    if (output_) {
      output_->take(before);
    }
  }
}

// One variant after the other, as probe_edges() does and for the same reason.
void Run::probe_round(const evidence::Round& round, const std::vector<evidence::Cell>& cells) {
  begin_round(round, cells);
  std::map<evidence::VariantId, std::vector<evidence::Cell>> by_variant;
  for (const evidence::Cell& cell : cells) {
    by_variant[cell.variant].insert(by_variant[cell.variant].end(), plan_source_->samples(cell.edge), cell);
  }
  ask_origins(cells);
  for (const auto& [variant, asked] : by_variant) {
    ask_again(asked, fmt::format("probing again after round {}", round.number), Connections::fresh);
  }
  probe_suspects();
  probe_after_propagation();
}

void Run::end_loop(std::string why, std::vector<evidence::ManualPurge> manual) {
  footer_.why_loop_ended = std::move(why);
  footer_.manual = std::move(manual);
}

}  // namespace cachewitness::app
