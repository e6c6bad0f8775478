#include "app/arm_command.h"

#include <utility>

#include <fmt/format.h>

#include "app/diagnostics.h"
#include "app/load_plan.h"
#include "app/progress.h"
#include "app/run.h"
#include "base/text.h"

namespace cachewitness::app {

namespace {

base::Result<Baseline> arm(const Ports& ports, const ArmOptions& options, const plan::Plan& plan) {
  auto settings = run_settings(ports, plan.manifest(), options.common, options.evidence);
  if (!settings) {
    return std::unexpected(std::move(settings).error());
  }
  settings->purpose = evidence::Purpose::arm;
  Progress progress(ports, options.common);
  Run run(ports, plan, std::move(*settings), progress);
  if (auto started = run.start(); !started) {
    return std::unexpected(std::move(started).error());
  }
  run.ask_origins();
  run.probe_edges();
  if (auto kept = run.finish(); !kept) {
    return std::unexpected(std::move(kept).error());
  }
  return Baseline{
      plan.cells(),
      plan.cells() - run.footer().cells_left_out,
      run.cells_held(),
      run.judge().finish(run.footer()).cells.error,
      run.footer().why_incomplete,
      run.interrupted().value_or(run.footer().is_complete ? base::ExitCode::passed : base::ExitCode::inconclusive)};
}

// What a person wants to know before deploying on the strength of this baseline.
std::string summary(const Baseline& baseline, const std::string& path) {
  std::string text = fmt::format("ARMED - {} of {} cells recorded in {}\n", base::grouped(baseline.recorded),
                                 base::grouped(baseline.planned), path);
  if (baseline.unanswered > 0) {
    text += fmt::format("  {} cells gave no answer: they can only become `consistent`, never `proven`\n",
                        base::grouped(baseline.unanswered));
  }
  if (baseline.held < baseline.planned) {
    text += fmt::format("  {} cells showed no sign of being served from a cache\n",
                        base::grouped(baseline.planned - baseline.held));
  }
  if (baseline.exit_code != base::ExitCode::passed) {
    text += fmt::format("  incomplete: {}; {} cells were left out\n", baseline.why_incomplete,
                        base::grouped(baseline.planned - baseline.recorded));
  }
  return text;
}

int dry_run(const Ports& ports, const CommonOptions& options) {
  const auto planned = load_plan(ports, options);
  if (!planned) {
    return report_errors(ports, planned.error());
  }
  print_plan(ports, options.format, planned->plan);
  return static_cast<int>(base::ExitCode::passed);
}

}  // namespace

base::Result<Baseline, base::Errors> record_baseline(const Ports& ports, const ArmOptions& options) {
  const auto planned = load_plan(ports, options.common);
  if (!planned) {
    return std::unexpected(planned.error());
  }
  auto baseline = arm(ports, options, planned->plan);
  if (!baseline) {
    return std::unexpected(base::Errors{std::move(baseline).error()});
  }
  return *std::move(baseline);
}

int run_arm(const Ports& ports, const ArmOptions& options) {
  if (options.is_dry_run) {
    return dry_run(ports, options.common);
  }
  const auto baseline = record_baseline(ports, options);
  if (!baseline) {
    return report_errors(ports, baseline.error());
  }
  if (!options.common.is_quiet) {
    const std::string text = summary(*baseline, options.evidence);
    if (options.evidence == "-") {
      ports.console.err(text);  // standard output carries the baseline
    } else {
      ports.console.out(text);
    }
  }
  return static_cast<int>(baseline->exit_code);
}

}  // namespace cachewitness::app
