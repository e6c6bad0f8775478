// Run: one pass over a plan, from the origin's truths to the last suspect. Each phase is a call, so that the
// commands can time it; evidence goes to the judge and to a file as it comes.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/evidence_output.h"
#include "app/leak_checks.h"
#include "app/options.h"
#include "app/ports.h"
#include "app/progress.h"
#include "app/request_sources.h"
#include "app/routes.h"
#include "app/tls_session_file.h"
#include "base/result.h"
#include "base/secret.h"
#include "evidence/run_header.h"
#include "plan/plan.h"
#include "probe/datagram_session.h"
#include "probe/prober.h"
#include "verdict/loop_judge.h"

namespace cachewitness::app {

// When suspects are looked at again: so long after the look before, each time at those alone that another look may
// still change. First after what a fast origin takes to answer an edge that fetches in the background (RFC 5861 3):
// looked at sooner, a soft purge reads as one that never came. Then at growing delays, for slow origins and late
// purges.
inline constexpr std::array<base::Duration, 5> second_looks{std::chrono::milliseconds(300), std::chrono::seconds(1),
                                                            std::chrono::seconds(2), std::chrono::seconds(4),
                                                            std::chrono::seconds(8)};

struct RunSettings {
  evidence::Purpose purpose = evidence::Purpose::verify;
  evidence::PurgeTimes purge;
  std::string evidence_path;            // empty = nothing is kept
  std::string baseline_path;            // empty = none
  std::optional<base::Duration> total;  // empty = the manifest's
  std::uint16_t most_rounds = 0;        // of a closed loop
  bool is_fail_fast = false;
  bool is_verbose = false;  // notes on stderr
  bool asks_edges = true;   // else the origin alone: no edge is resolved
  VariantHeaders headers;
  std::vector<probe::HeaderLine> account;  // what signs the test account of leak checks in
  std::vector<base::Secret> secrets;       // masked in evidence
};

// What every command that probes takes from its options, with the secrets of the variants' headers read.
[[nodiscard]] base::Result<RunSettings> run_settings(const Ports& ports, const manifest::Manifest& manifest,
                                                     const CommonOptions& common, std::string evidence_path);

class Run final : evidence::EvidenceSink {
 public:
  // Requires: `plan` and `ports` outlive it.
  Run(const Ports& ports, const plan::Plan& plan, RunSettings settings, Progress& progress);
  ~Run() override;
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  // Opens the evidence file, brings in the baseline and resolves every name. Nothing was sent when it fails.
  base::Result<void> start();
  // From now on evidence goes to `comparer`, which outlives the run, and to no judge.
  void compare_with(evidence::EvidenceSink& comparer) { comparer_ = &comparer; }
  // Truth first: every replica, before any edge is asked.
  void ask_origins();
  // The truths of these cells alone, each once. Their evidence is of the round under way.
  void ask_origins(const std::vector<evidence::Cell>& cells);
  // Every cell once; then suspects again, on new connections and kept ones in turn, at the delays of second_looks;
  // then, once the propagation deadline has passed, the cells that were still within it. `parity` asks once: it judges
  // no one.
  void probe_edges();
  // A round of the closed loop: truth, then the cells that were purged again, as often as their servers need, then as
  // probe_edges() does. The deadline begins anew. Requires: settings.most_rounds > 0.
  void probe_round(const evidence::Round& round, const std::vector<evidence::Cell>& cells);
  // What the loop came to, for the footer.
  void end_loop(std::string why, std::vector<evidence::ManualPurge> manual);
  // Lets time pass, at most until the deadline; `what` tells a person why.
  void wait(base::Duration time, std::string_view what);
  // What the manifest's `leaks` ask for: slow, and only of tenants that have opted in. Cut short by the run's deadline
  // it leaves the run as complete as it was.
  void check_leaks();
  // Whether a signal came, now or before; the run is incomplete then.
  bool notice_interrupt();
  // Whatever the checks said becomes part of the evidence.
  void add_checks(std::vector<evidence::CheckOutcome> checks) { footer_.checks = std::move(checks); }
  // So that a child process can read it.
  void flush_evidence();
  // Writes the footer. The error is the evidence file's, the judgement stands all the same.
  base::Result<void> finish();

  [[nodiscard]] const evidence::RunHeader& header() const { return header_; }
  [[nodiscard]] const evidence::RunFooter& footer() const { return footer_; }
  [[nodiscard]] const verdict::LoopJudge& judge() const { return *judge_; }
  // Set once a signal ended the run: 130 or 143.
  [[nodiscard]] std::optional<base::ExitCode> interrupted() const { return interrupted_; }
  [[nodiscard]] bool is_stopped() const { return is_stopped_; }
  // On the line that all times of the run lie on.
  [[nodiscard]] base::Instant at(base::Tick tick) const { return anchor_.at(tick); }
  // Cells that were seen to be served from a cache.
  [[nodiscard]] std::uint64_t cells_held() const { return cells_held_; }

 private:
  void take(const evidence::Evidence& evidence) override;
  void note_holding(const evidence::Evidence& evidence);
  void keep_last_look(const evidence::Evidence& evidence);
  void begin_round(const evidence::Round& round, const std::vector<evidence::Cell>& cells);
  [[nodiscard]] const evidence::PurgeTimes& purge() const { return round_ ? round_->purge : header_.purge; }
  void look_closer(const evidence::Evidence& evidence);
  void make_lanes();
  [[nodiscard]] std::size_t threads_for(std::size_t lanes) const;
  void open_networks(std::size_t lanes);
  void warn_of_late_baseline(base::Instant latest);
  void probe(probe::RequestSource& source, std::string_view what, std::uint64_t total);
  probe::Prober::End run_phase(probe::RequestSource& source, std::string_view what, std::uint64_t total);
  void ask(OriginSource& source);
  void probe_suspects();
  [[nodiscard]] std::vector<evidence::Cell> cells_to_look_at_again(std::size_t look) const;
  void ask_origins_again();
  void probe_after_propagation();
  void ask_again(const std::vector<evidence::Cell>& cells, std::string_view what, Connections connections);
  std::uint16_t next_sample(const evidence::Cell& cell);
  void wait_until(base::Tick when, std::string_view what);
  bool must_stop();
  void end(probe::Prober::End end);
  [[nodiscard]] probe::ProbeSettings probe_settings() const;
  std::vector<probe::DatagramSessions*> add_http3(std::size_t networks);
  void ask_leak_steps(const LeakChecks& checks);

  Ports ports_;
  const plan::Plan& plan_;
  RunSettings settings_;
  Progress& progress_;
  base::ClockAnchor anchor_;
  base::Tick deadline_;
  evidence::RunHeader header_;
  evidence::RunFooter footer_;
  RequestWriter writer_;
  std::vector<ReplicaLane> replicas_;
  std::vector<Destination> destinations_;
  std::unique_ptr<verdict::LoopJudge> judge_;
  evidence::EvidenceSink* comparer_ = nullptr;  // of `parity`
  std::unique_ptr<EvidenceOutput> output_;
  std::vector<std::unique_ptr<ports::Network>> further_networks_;  // of further threads
  Networks networks_;                                              // one a thread
  std::vector<std::unique_ptr<probe::DatagramSessions>> http3_;    // one a network, where it was built in
  std::unique_ptr<probe::Prober> prober_;
  std::vector<probe::LaneTarget> edge_targets_;  // for leak checks: by the plan's lanes
  probe::Prober* active_ = nullptr;              // the one above, or the leak checks'
  std::uint64_t last_evidence_ = 0;
  std::uint64_t last_connection_ = 0;
  probe::ProbeProgress before_phase_;  // the prober counts over all phases
  std::unique_ptr<PlanSource> plan_source_;
  OriginSource* origin_source_ = nullptr;          // while ask_origins() runs
  std::map<evidence::Cell, std::uint16_t> again_;  // samples asked for beyond the first
  std::optional<evidence::Round> round_;           // the one under way
  // Of a run that may purge again: the last answer for what was looked at again, the positive control of a round.
  std::map<evidence::Cell, evidence::Evidence> last_looks_;
  std::vector<evidence::Cell> not_held_;  // arm: no sign of a cache in the first answer
  std::uint64_t last_baseline_id_ = 0;    // the baseline's ids come first
  std::uint64_t cells_held_ = 0;
  std::uint64_t cells_judged_ = 0;
  bool is_stale_proven_ = false;
  bool is_stopped_ = false;
  bool is_resuming_ = false;  // TLS sessions from one run to the next
  std::optional<base::ExitCode> interrupted_;
};

}  // namespace cachewitness::app
