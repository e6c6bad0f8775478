#include "app/verification.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "app/checks.h"
#include "app/diagnostics.h"
#include "app/interpreter.h"
#include "app/load_manifest.h"
#include "app/load_plan.h"
#include "app/publish.h"
#include "app/purge_failures.h"
#include "app/secrets.h"

namespace cachewitness::app {

namespace {

// Checks read evidence from a file; where nobody asked for one, it lives as long as the run.
std::string temporary_evidence_path(const Ports& ports) {
  const std::string folder = ports.environment.variable("TMPDIR").value_or("/tmp");
  return fmt::format("{}/cachewitness-{:016x}.jsonl", folder, ports.entropy.next());
}

bool wants_evidence(const manifest::Manifest& manifest) {
  return std::ranges::any_of(
      manifest.checks, [](const manifest::Check& check) { return check.input == manifest::Check::Input::evidence; });
}

}  // namespace

Verification::Verification(const Ports& ports, const VerifyOptions& options, PurgeRecord purge)
    : ports_(ports),
      options_(options),
      purge_(std::move(purge)),
      evidence_path_(options.outputs.evidence),
      progress_(ports, options.common),
      lap_started_at_(ports.clock.tick()) {}

Verification::~Verification() {
  if (is_evidence_temporary_) {
    ports_.files.remove(evidence_path_);
  }
}

base::Duration Verification::lap() {
  const base::Tick now = ports_.clock.tick();
  return now - std::exchange(lap_started_at_, now);
}

report::Run Verification::report() const { return {run_->header(), run_->footer(), plan().roster(), *judgement_}; }

base::Result<void, base::Errors> Verification::analyze_manifest() {
  auto loaded = load_plan(ports_, options_.common);
  if (!loaded) {
    return std::unexpected(std::move(loaded).error());
  }
  loaded_.emplace(*std::move(loaded));
  return {};
}

base::Result<void> Verification::find_interpreters() {
  for (const manifest::Check& check : manifest().checks) {
    auto runtime = find_interpreter(ports_, check);
    if (!runtime) {
      return std::unexpected(std::move(runtime).error());
    }
    steps_.runtimes.push_back(*std::move(runtime));
  }
  return {};
}

void Verification::purge_again_with(const PurgePorts& purge_ports, std::string journal) {
  purge_ports_ = &purge_ports;
  journal_ = std::move(journal);
}

base::Result<void> Verification::prepare_loop() {
  if (purge_ports_ == nullptr) {
    return {};
  }
  repurge_ =
      std::make_unique<Repurge>(ports_, *purge_ports_, plan(), options_.common,
                                RepurgeSettings{options_.most_rounds, journal_, options_.origin_gate}, progress_);
  return repurge_->prepare();
}

base::Result<void> Verification::provision_probes() {
  if (auto prepared = prepare_loop(); !prepared) {
    return prepared;
  }
  if (auto found = find_interpreters(); !found) {
    return found;
  }
  if (evidence_path_.empty() && wants_evidence(manifest())) {
    evidence_path_ = temporary_evidence_path(ports_);
    is_evidence_temporary_ = true;
  }
  auto settings = run_settings(ports_, manifest(), options_.common, evidence_path_);
  if (!settings) {
    return std::unexpected(std::move(settings).error());
  }
  if (manifest().leaks && manifest().leaks->deception) {
    auto account = resolve_headers(ports_, manifest().leaks->deception->headers, settings->secrets);
    if (!account) {
      return std::unexpected(std::move(account).error());
    }
    settings->account = std::move(*account);
  }
  settings->purge = purge_.times;
  if (purge_.journal) {
    note_failures(purge_.journal->header, purge_.journal->calls, manifest(), settings->purge);
  }
  settings->baseline_path = options_.baseline;
  settings->is_fail_fast = options_.is_fail_fast;
  settings->most_rounds = repurge_ == nullptr ? std::uint16_t{0} : options_.most_rounds;
  run_ = std::make_unique<Run>(ports_, plan(), std::move(*settings), progress_);
  if (auto started = run_->start(); !started) {
    return started;
  }
  run_->ask_origins();
  return {};
}

void Verification::validate_headers() {
  run_->probe_edges();
  run_->check_leaks();
  run_->flush_evidence();
}

// A check that reads the report gets it as it stands: the checks' own answers are not in it yet. Empty where
// no report was asked for, or it could not be written (which the final one will say).
std::string Verification::write_report_so_far() {
  const std::string& path = options_.outputs.report;
  if (path.empty() || path == "-") {
    return {};
  }
  const verdict::Judgement so_far = run_->judge().finish(run_->footer());
  const report::Run run{run_->header(), run_->footer(), plan().roster(), so_far};
  return write_file(ports_, path, report::render_json(run)) ? absolute_path(path, ports_.environment) : "";
}

void Verification::check_coherency() {
  std::string environments;
  for (const std::size_t index : plan().environments()) {
    environments += (environments.empty() ? "" : ",") + manifest().environments[index].name;
  }
  std::vector<evidence::CheckOutcome> outcomes;
  for (const manifest::Check& check : manifest().checks) {
    if (run_->notice_interrupt()) {
      break;
    }
    CheckInput input;
    input.folder = folder_of(manifest().path, ports_.environment);
    input.environments = environments;
    if (check.input != manifest::Check::Input::none && !evidence_path_.empty()) {
      input.evidence_path = absolute_path(evidence_path_, ports_.environment);
    }
    if (check.input == manifest::Check::Input::report) {
      input.report_path = write_report_so_far();
    }
    progress_.begin("check " + check.name, 0);
    evidence::CheckOutcome outcome = run_check(ports_, check, run_->header(), input);
    if (run_->notice_interrupt()) {
      break;  // the signal ended the check as well, which says nothing about the caches
    }
    outcomes.push_back(std::move(outcome));
  }
  run_->add_checks(std::move(outcomes));
}

// The log is the last file: it tells how long the reports took.
base::Result<void> Verification::write_reports() {
  const report::Run run = report();
  auto written = app::write_reports(ports_, options_.outputs, renderings_of(run));
  steps_.reporting = lap();
  if (!options_.outputs.log.empty()) {
    auto logged = write_file(ports_, options_.outputs.log, report::render_log(log()));
    if (written && !logged) {
      written = std::move(logged);
    }
  }
  return written;
}

int Verification::fail_with(base::Errors errors) {
  errors_ = std::move(errors);
  return exit_code_of(errors_);
}

int Verification::run() {
  if (auto analyzed = analyze_manifest(); !analyzed) {
    return fail_with(std::move(analyzed).error());
  }
  steps_.analyzing = lap();
  if (options_.is_dry_run) {
    print_plan(ports_, options_.common.format, plan());
    return static_cast<int>(base::ExitCode::passed);
  }
  if (auto provisioned = provision_probes(); !provisioned) {
    return fail_with({std::move(provisioned).error()});
  }
  steps_.provisioning = lap();
  validate_headers();
  steps_.validating = lap();
  base::Errors unwritten;
  if (repurge_ != nullptr) {
    if (auto repurged = repurge_->run(*run_); !repurged) {
      unwritten.push_back(std::move(repurged).error());
    }
    run_->flush_evidence();
    steps_.purging_again = lap();
  }
  check_coherency();
  steps_.checking = lap();
  if (auto kept = run_->finish(); !kept) {
    unwritten.push_back(std::move(kept).error());
  }
  judgement_ = std::make_unique<verdict::Judgement>(run_->judge().finish(run_->footer()));
  steps_.report_path = options_.outputs.report;
  if (auto written = write_reports(); !written) {
    unwritten.push_back(std::move(written).error());
  }
  if (!unwritten.empty()) {
    return fail_with(std::move(unwritten));
  }
  return static_cast<int>(run_->interrupted().value_or(judgement_->gate.exit_code));
}

void Verification::print() const {
  const report::Run run = report();
  print_report(ports_, options_.common, options_.outputs, renderings_of(run));
}

}  // namespace cachewitness::app
