#include "app/parity_command.h"

#include <optional>
#include <set>
#include <string>
#include <utility>

#include "app/diagnostics.h"
#include "app/evidence_input.h"
#include "app/load_plan.h"
#include "app/progress.h"
#include "app/publish.h"
#include "app/run.h"
#include "parity/comparer.h"
#include "report/parity_report.h"

namespace cachewitness::app {

namespace {

// Findings are grouped, so a report is far smaller; what is larger is another file.
constexpr std::size_t largest_report = std::size_t{256} << 20;

base::Result<std::optional<parity::EarlierReport>> load_earlier(const Ports& ports, const std::string& path) {
  if (path.empty()) {
    return std::optional<parity::EarlierReport>();
  }
  const auto text = ports.files.read_all(path, largest_report);
  if (!text) {
    return std::unexpected(text.error());
  }
  auto report = report::read_parity_report(*text);
  if (!report) {
    base::Error error = std::move(report).error();
    error.where = base::SourceSpan{path, 0, 0};
    return std::unexpected(std::move(error));
  }
  return std::optional(std::move(*report));
}

base::Error too_few_environments() {
  return {base::errors::usage, "parity compares two environments or more; name them, such as -e staging,production",
          std::nullopt};
}

class ParityCommand {
 public:
  ParityCommand(const Ports& ports, const ParityOptions& options) : ports_(ports), options_(options) {}

  int run() {
    if (auto writable = check_writable(ports_, options_.outputs); !writable) {
      return report_error(ports_, writable.error());
    }
    auto earlier = load_earlier(ports_, options_.against);
    if (!earlier) {
      return report_error(ports_, earlier.error());
    }
    earlier_ = std::move(*earlier);
    return options_.from.empty() ? compare_live() : compare_saved();
  }

 private:
  int compare_saved() {
    auto input = EvidenceInput::open(ports_.files, options_.from);
    if (!input) {
      return report_error(ports_, input.error());
    }
    EvidenceInput& file = **input;
    std::set<std::string> environments;
    for (const evidence::EdgeEntry& edge : file.roster().edges) {
      environments.insert(edge.environment);
    }
    if (environments.size() < 2) {
      return report_error(ports_, {base::errors::bad_evidence,
                                   "this evidence is of one environment; give what `parity --evidence` kept",
                                   base::SourceSpan{options_.from, 1, 1}});
    }
    parity::Comparer comparer(file.header(), file.roster());
    if (auto read = file.read_all([&](const evidence::Evidence& evidence) { comparer.take(evidence); }); !read) {
      return report_error(ports_, read.error());
    }
    const parity::Comparison comparison = comparer.finish(file.footer());
    const auto written = publish(file.header(), file.footer(), comparison);
    return written ? static_cast<int>(comparison.gate.exit_code) : report_error(ports_, written.error());
  }

  int compare_live() {
    const auto loaded = load_plan(ports_, options_.common);
    if (!loaded) {
      return report_errors(ports_, loaded.error());
    }
    if (loaded->plan.environments().size() < 2) {
      return report_error(ports_, too_few_environments());
    }
    if (options_.is_dry_run) {
      print_plan(ports_, options_.common.format, loaded->plan);
      return static_cast<int>(base::ExitCode::passed);
    }
    return probe(loaded->plan);
  }

  int probe(const plan::Plan& plan) {
    auto settings = run_settings(ports_, plan.manifest(), options_.common, options_.outputs.evidence);
    if (!settings) {
      return report_error(ports_, settings.error());
    }
    settings->purpose = evidence::Purpose::parity;
    Progress progress(ports_, options_.common);
    Run run(ports_, plan, std::move(*settings), progress);
    parity::Comparer comparer(run.header(), plan.roster());
    run.compare_with(comparer);
    if (auto started = run.start(); !started) {
      return report_error(ports_, started.error());
    }
    run.probe_edges();
    const auto kept = run.finish();
    const parity::Comparison comparison = comparer.finish(run.footer());
    const auto written = publish(run.header(), run.footer(), comparison);
    for (const base::Result<void>& result : {kept, written}) {
      if (!result) {
        return report_error(ports_, result.error());
      }
    }
    return static_cast<int>(run.interrupted().value_or(comparison.gate.exit_code));
  }

  base::Result<void> publish(const evidence::RunHeader& header, const evidence::RunFooter& footer,
                             const parity::Comparison& comparison) const {
    std::optional<parity::Drift> drift;
    if (earlier_) {
      drift = parity::drift(comparison, *earlier_);
    }
    const report::ParityRun run{header, footer, comparison, drift};
    const Renderings renderings = renderings_of(run);
    auto written = write_reports(ports_, options_.outputs, renderings);
    print_report(ports_, options_.common, options_.outputs, renderings);
    return written;
  }

  Ports ports_;
  const ParityOptions& options_;
  std::optional<parity::EarlierReport> earlier_;
};

}  // namespace

int run_parity(const Ports& ports, const ParityOptions& options) { return ParityCommand(ports, options).run(); }

}  // namespace cachewitness::app
