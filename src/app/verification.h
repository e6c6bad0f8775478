// Verification: the main job step by step, as the execution log tells it. `verify` runs
// one and `demo` runs one.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/load_plan.h"
#include "app/options.h"
#include "app/ports.h"
#include "app/progress.h"
#include "app/purge_ports.h"
#include "app/purge_times.h"
#include "app/repurge.h"
#include "app/run.h"
#include "base/result.h"
#include "evidence/run_header.h"
#include "manifest/manifest.h"
#include "plan/plan.h"
#include "report/execution_log.h"
#include "report/report.h"
#include "verdict/judgement.h"

namespace cachewitness::app {

class Verification {
 public:
  Verification(const Ports& ports, const VerifyOptions& options, PurgeRecord purge);
  ~Verification();
  Verification(const Verification&) = delete;
  Verification& operator=(const Verification&) = delete;

  // Closes the loop: what is flagged is purged again by these, --repurge rounds at most, each a purge of its own in the
  // journal. Before run(); `purge_ports` outlives it.
  void purge_again_with(const PurgePorts& purge_ports, std::string journal);
  // Every step in order. Returns the exit code; why it is none of the gate's, errors() tells. Called once.
  int run();
  // What the program could not do, for the caller to tell. A file that could not be written is among them, and the
  // report stands all the same.
  [[nodiscard]] const base::Errors& errors() const { return errors_; }
  // Prints what --format asks for. Requires: has_report().
  void print() const;

  // False where it ended before anything could be judged: a bad manifest, a dry run.
  [[nodiscard]] bool has_report() const { return judgement_ != nullptr; }
  [[nodiscard]] report::Run report() const;
  // The execution log. Requires: has_report().
  [[nodiscard]] report::ExecutionLog log() const { return report::make_verify_log(report(), steps_); }

 private:
  base::Result<void, base::Errors> analyze_manifest();
  base::Result<void> find_interpreters();
  base::Result<void> provision_probes();
  base::Result<void> prepare_loop();
  void validate_headers();
  void check_coherency();
  std::string write_report_so_far();
  base::Result<void> write_reports();
  int fail_with(base::Errors errors);
  [[nodiscard]] base::Duration lap();
  [[nodiscard]] const manifest::Manifest& manifest() const { return *loaded_->manifest; }
  [[nodiscard]] const plan::Plan& plan() const { return loaded_->plan; }

  Ports ports_;
  const VerifyOptions& options_;
  PurgeRecord purge_;
  std::string evidence_path_;
  bool is_evidence_temporary_ = false;
  Progress progress_;
  std::optional<LoadedPlan> loaded_;  // by analyze_manifest()
  std::unique_ptr<Run> run_;
  const PurgePorts* purge_ports_ = nullptr;  // null: no loop
  std::string journal_;
  std::unique_ptr<Repurge> repurge_;
  std::unique_ptr<verdict::Judgement> judgement_;
  report::VerifySteps steps_;
  base::Errors errors_;
  base::Tick lap_started_at_;
};

}  // namespace cachewitness::app
