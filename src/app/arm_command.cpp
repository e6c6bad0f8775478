#include "app/arm_command.h"

#include <utility>

#include <fmt/format.h>

#include "app/diagnostics.h"
#include "app/load_manifest.h"
#include "app/progress.h"
#include "app/run.h"
#include "base/text.h"
#include "plan/describe.h"

namespace cachewitness::app {

namespace {

// What a person wants to know before deploying on the strength of this baseline.
std::string summary(const plan::Plan& plan, const Run& run, const std::string& path) {
  const verdict::CellCounts cells = run.judge().finish(run.footer()).cells;
  std::string text =
      fmt::format("ARMED - {} of {} cells recorded in {}\n", base::grouped(plan.cells() - run.footer().cells_left_out),
                  base::grouped(plan.cells()), path);
  if (cells.error > 0) {
    text += fmt::format("  {} cells gave no answer: they can only become `consistent`, never `proven`\n",
                        base::grouped(cells.error));
  }
  if (run.cells_held() < plan.cells()) {
    text += fmt::format("  {} cells showed no sign of being served from a cache\n",
                        base::grouped(plan.cells() - run.cells_held()));
  }
  if (!run.footer().is_complete) {
    text += fmt::format("  incomplete: {}; {} cells were left out\n", run.footer().why_incomplete,
                        base::grouped(run.footer().cells_left_out));
  }
  return text;
}

int exit_code(const Run& run) {
  if (run.interrupted()) {
    return static_cast<int>(*run.interrupted());
  }
  return static_cast<int>(run.footer().is_complete ? base::ExitCode::passed : base::ExitCode::inconclusive);
}

int arm(const Ports& ports, const ArmOptions& options, const plan::Plan& plan) {
  auto settings = run_settings(ports, plan.manifest(), options.common, options.evidence);
  if (!settings) {
    return report_error(ports, settings.error());
  }
  settings->purpose = evidence::Purpose::arm;
  Progress progress(ports.console, ports.clock, options.common.is_quiet ? Show::never : options.common.progress);
  Run run(ports, plan, std::move(*settings), progress);
  if (auto started = run.start(); !started) {
    return report_error(ports, started.error());
  }
  run.ask_origins();
  run.probe_edges();
  if (auto kept = run.finish(); !kept) {
    return report_error(ports, kept.error());
  }
  if (!options.common.is_quiet) {
    const std::string text = summary(plan, run, options.evidence);
    if (options.evidence == "-") {
      ports.console.err(text);  // standard output carries the baseline
    } else {
      ports.console.out(text);
    }
  }
  return exit_code(run);
}

}  // namespace

int run_arm(const Ports& ports, const ArmOptions& options) {
  auto manifest = load_manifest(ports, options.common);
  if (!manifest) {
    return report_errors(ports, manifest.error());
  }
  auto plan = plan::make_plan(**manifest, options.common.narrowing);
  if (!plan) {
    return report_error(ports, plan.error());
  }
  if (options.is_dry_run) {
    ports.console.out(options.common.format == Format::json ? plan::describe_json(*plan) : plan::describe(*plan));
    return static_cast<int>(base::ExitCode::passed);
  }
  return arm(ports, options, *plan);
}

}  // namespace cachewitness::app
