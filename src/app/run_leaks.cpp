// The part of a run that the manifest's `leaks` ask for.
#include <fmt/format.h>

#include "app/leak_checks.h"
#include "app/run.h"
#include "plan/leak_trials.h"
#include "verdict/cache_buster.h"

namespace cachewitness::app {

void Run::check_leaks() {
  if (is_stopped_ || !plan_.manifest().leaks) {
    return;
  }
  const LeakChecks checks({plan_, writer_, settings_.account, fmt::format("cw{:012x}", ports_.entropy.next() >> 16)});
  if (checks.is_empty()) {
    ports_.console.err(
        fmt::format("cachewitness: warning: no leak check was made: {} (docs/leaks.md)\n",
                    plan::opted_in(plan_).empty()
                        ? fmt::format("no tenant of this run has the tag \"{}\"", plan_.manifest().leaks->tag)
                        : std::string("a pair of tenants is needed, and only one has opted in")));
    return;
  }
  probe::ProbeSettings settings = probe_settings();
  settings.body = manifest::BodyPolicy::hash;
  settings.rules = body_rules(plan_.manifest().policy, checks.sought());
  settings.last_evidence = last_evidence_;
  settings.last_connection = last_connection_;
  for (probe::LaneTarget& target : edge_targets_) {
    target.requests_per_second = plan_.manifest().leaks->per_edge_rps;
  }
  probe::Prober prober({&ports_.network}, settings, edge_targets_, add_http3(1));
  active_ = &prober;
  ask_leak_steps(checks);
  active_ = prober_.get();
}

void Run::ask_leak_steps(const LeakChecks& checks) {
  const auto is_safe = [this](const evidence::Cell& cell) {
    return verdict::read_cache_buster(judge_->leaks_of(cell)) == verdict::CacheBuster::works;
  };
  for (const evidence::LeakProbe::Step step : leak_steps) {
    const auto round = checks.round(step, is_safe);
    if (round->left() == 0) {
      continue;
    }
    const auto end = run_phase(*round, fmt::format("leak checks, step {}", name(step)), round->left());
    if (end == probe::Prober::End::finished) {
      continue;
    }
    if (end == probe::Prober::End::deadline && !is_stopped_) {
      ports_.console.err(
          "cachewitness: warning: the run's deadline ended the leak checks; raise limits.total or "
          "leaks.per_edge_rps, or let fewer tenants opt in\n");
    }
    return;
  }
}

}  // namespace cachewitness::app
