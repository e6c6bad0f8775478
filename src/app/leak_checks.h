// LeakChecks: the requests of the leak checks, step by step: no step is asked before the one before it was answered
// everywhere. What could do harm is asked for under a cache-buster of its own, and only where the edge has shown that
// the cache-buster keeps it apart (verdict/cache_buster.h).
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "app/request_sources.h"
#include "plan/leak_trials.h"
#include "probe/body_rules.h"
#include "probe/prober.h"

namespace cachewitness::app {

// In the order in which they are taken.
inline constexpr std::array leak_steps{evidence::LeakProbe::Step::first, evidence::LeakProbe::Step::again,
                                       evidence::LeakProbe::Step::other, evidence::LeakProbe::Step::prime,
                                       evidence::LeakProbe::Step::ask};

// The requests of one step, by lane. A lane of the prober is one of the plan.
class LeakRound final : public probe::RequestSource {
 public:
  explicit LeakRound(std::size_t lanes) : queues_(lanes) {}

  // Returns what was added. Its headers are `headers`, which this keeps.
  probe::ProbeRequest& add(std::size_t lane, std::vector<probe::HeaderLine> headers);
  bool next(std::size_t lane, probe::ProbeRequest& out) override;
  [[nodiscard]] std::uint64_t left() const;

 private:
  std::vector<std::deque<probe::ProbeRequest>> queues_;
  std::deque<std::vector<probe::HeaderLine>> headers_;  // does not move what it holds when it grows
};

class LeakChecks {
 public:
  struct Inputs {
    const plan::Plan& plan;
    const RequestWriter& writer;
    const std::vector<probe::HeaderLine>& account;  // what signs the test account in
    std::string word;  // of this run, which nobody else uses: lower-case letters and digits
  };
  // Requires: the manifest has `leaks`; what is borrowed outlives it.
  explicit LeakChecks(Inputs inputs);

  [[nodiscard]] bool is_empty() const { return trials_.empty(); }
  // Whether the cell's edge may be sent what could do harm; asked once the steps before were answered.
  using IsSafe = std::function<bool(const evidence::Cell&)>;
  [[nodiscard]] std::unique_ptr<LeakRound> round(evidence::LeakProbe::Step step, const IsSafe& is_safe) const;
  // What its answers are searched for.
  [[nodiscard]] std::vector<probe::SoughtMark> sought() const;

 private:
  using Step = evidence::LeakProbe::Step;
  void add_cross_tenant(const plan::LeakTrial& trial, Step step, LeakRound& round) const;
  void add_poisoning(const plan::LeakTrial& trial, Step step, LeakRound& round) const;
  void add_deception(const plan::LeakTrial& trial, Step step, LeakRound& round) const;
  // As `cell` is asked for, filed under the trial's own.
  probe::ProbeRequest& add(const plan::LeakTrial& trial, const evidence::Cell& cell, Step step, LeakRound& round,
                           std::vector<probe::HeaderLine> further = {}) const;
  void bust(const plan::LeakTrial& trial, std::string_view part, probe::ProbeRequest& request) const;

  Inputs inputs_;
  std::vector<plan::LeakTrial> trials_;
};

// The tenant's marker in bodies, where the manifest names one: ordinary probes look for it too.
[[nodiscard]] std::vector<probe::SoughtMark> tenant_marks(const manifest::Manifest& manifest);

// What is done with bodies; null where that is nothing.
[[nodiscard]] std::shared_ptr<const probe::BodyRules> body_rules(const manifest::Policy& policy,
                                                                 std::vector<probe::SoughtMark> marks);

}  // namespace cachewitness::app
