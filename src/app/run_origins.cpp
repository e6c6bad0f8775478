// The part of a run that asks the origin.
#include <cstdint>
#include <set>
#include <utility>
#include <vector>

#include "app/request_sources.h"
#include "app/run.h"

namespace cachewitness::app {

void Run::ask_origins() {
  if (replicas_.empty()) {
    return;
  }
  OriginSource source(plan_, writer_, replicas_);
  ask(source);
}

void Run::ask_origins(const std::vector<evidence::Cell>& cells) {
  if (replicas_.empty() || cells.empty()) {
    return;
  }
  std::set<evidence::Cell> truths;
  for (evidence::Cell cell : cells) {
    cell.edge = evidence::EdgeId::none();
    truths.insert(cell);
  }
  OriginSource source(plan_, writer_, replicas_, {truths.begin(), truths.end()},
                      round_ ? round_->number : std::uint16_t{0});
  ask(source);
}

void Run::ask(OriginSource& source) {
  origin_source_ = &source;
  probe(source, "asking the origin", source.total());
  origin_source_ = nullptr;
}

// An edge that serves something else than the origin did may be the one that is up to date.
void Run::ask_origins_again() {
  if (is_stopped_ || settings_.is_fail_fast || ports_.network.now() + plan_.manifest().limits.timeout >= deadline_) {
    return;
  }
  ask_origins(judge_->suspects());
}

}  // namespace cachewitness::app
