#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/percent.h"
#include "base/text.h"
#include "report/finding_group.h"
#include "report/parity_report.h"
#include "report/text_page.h"

namespace cachewitness::report {

namespace {

constexpr std::size_t few_findings = 10;
constexpr std::size_t few_names = 4;

std::uint64_t counting(const parity::Comparison& comparison) {
  return static_cast<std::uint64_t>(std::ranges::count(comparison.findings, false, &parity::Finding::is_waived));
}

std::string names(const parity::Comparison& comparison) {
  std::string text;
  for (std::size_t i = 0; i < comparison.environments.size(); ++i) {
    text += i == 0 ? "" : i + 1 == comparison.environments.size() ? " and " : ", ";
    text += base::printable(comparison.environments[i].name);
  }
  return text;
}

Tone tone_of(const parity::Gate& gate) {
  return gate.passed ? Tone::good : gate.exit_code == base::ExitCode::failed ? Tone::bad : Tone::doubtful;
}

std::string waivers_of(const parity::Finding& finding) {
  std::vector<std::string> rules;
  for (const parity::PairState& pair : finding.pairs) {
    if (!pair.waived_by.empty() && std::ranges::find(rules, pair.waived_by) == rules.end()) {
      rules.push_back(pair.waived_by);
    }
  }
  return listed(rules, few_names);
}

void add_finding(TextPage& page, const ParityRun& run, const parity::Finding& finding) {
  page.line();
  page.title(finding.is_waived ? Tone::dim : Tone::bad, finding.is_waived ? "WAIVED" : "DIFFERENT", title(finding),
             fmt::format("{}, {}, {}", counted(finding.cells, "cell"), counted(finding.edges.size(), "edge"),
                         counted(finding.tenants.size(), "tenant")));
  page.labelled("edges", listed(finding.edges, few_names));
  page.labelled("tenants", listed(finding.tenants, few_names));
  page.labelled("assets", listed(finding.assets, few_names));
  page.labelled("variants", listed(finding.variants, few_names));
  page.labelled("waived by", waivers_of(finding));
  if (run.drift && !finding.is_waived) {
    const bool is_new = std::ranges::find(run.drift->appeared, finding.id) != run.drift->appeared.end();
    page.labelled("drift", is_new ? "new" : "unchanged");
  }
}

void add_findings(TextPage& page, const ParityRun& run, const TextStyle& style) {
  const auto& findings = run.comparison.findings;
  std::size_t shown = 0;
  for (const parity::Finding& finding : findings) {
    if (shown < few_findings || style.verbose) {
      add_finding(page, run, finding);
      ++shown;
    }
  }
  if (shown < findings.size()) {
    page.line(fmt::format("  and {}; -v shows all", counted(findings.size() - shown, "more difference")));
  }
}

void add_pairs(TextPage& page, const parity::Comparison& comparison) {
  std::vector<std::vector<std::string>> rows{{"pair", "parity", "cells", "same", "waived", "different", "unsure"}};
  for (const parity::PairScore& pair : comparison.pairs) {
    rows.push_back({base::printable(pair.one) + " - " + base::printable(pair.other), base::percent(pair.score, 2),
                    base::grouped(pair.cells), base::grouped(pair.same), base::grouped(pair.waived),
                    base::grouped(pair.different), base::grouped(pair.unsure)});
  }
  page.line();
  page.table(rows);
}

void add_drift(TextPage& page, const ParityRun& run) {
  if (!run.drift) {
    return;
  }
  page.labelled("drift", fmt::format("against {}: {} new, {} gone, {} unchanged", base::printable(run.drift->against),
                                     run.drift->appeared.size(), run.drift->gone.size(), run.drift->unchanged.size()));
  for (const parity::Drift::Gone& gone : run.drift->gone) {
    page.labelled("gone", base::printable(gone.title, 300));
  }
}

void add_gate(TextPage& page, const parity::Gate& gate) {
  std::string text = gate.passed ? "passed"
                                 : fmt::format("{}, exit code {}.",
                                               gate.exit_code == base::ExitCode::failed ? "failed" : "could not tell",
                                               static_cast<int>(gate.exit_code));
  for (const std::string& reason : gate.reasons) {
    text += " " + reason;
  }
  page.labelled("gate", text);
}

}  // namespace

std::string parity_outcome(const ParityRun& run) {
  const parity::Comparison& comparison = run.comparison;
  const std::uint64_t differences = counting(comparison);
  const std::string waived = comparison.findings.size() > differences
                                 ? fmt::format(" {} waived.", base::grouped(comparison.findings.size() - differences))
                                 : "";
  if (comparison.gate.exit_code == base::ExitCode::inconclusive) {
    return fmt::format("INCONCLUSIVE - {}", comparison.gate.reasons.front());
  }
  std::uint64_t cells = 0;
  for (const parity::EnvironmentCounts& environment : comparison.environments) {
    cells += environment.cells;
  }
  if (differences == 0) {
    return fmt::format("SUCCESS - {} agree in {}.{}", names(comparison), counted(cells, "cell"), waived);
  }
  return fmt::format("{} - {} between {} in {}.{}", comparison.gate.passed ? "PARTIAL_SUCCESS" : "FAILURE",
                     counted(differences, "difference"), names(comparison), counted(cells, "cell"), waived);
}

std::string render_parity_text(const ParityRun& run, const TextStyle& style, std::string_view report_path) {
  TextPage page(style);
  page.line(page.painted(tone_of(run.comparison.gate), parity_outcome(run)));
  add_findings(page, run, style);
  add_pairs(page, run.comparison);
  page.line();
  add_drift(page, run);
  page.labelled("run", fmt::format("{} in {}", counted(run.comparison.probes, "probe"),
                                   base::human(run.footer.finished_at - run.header.started_at)));
  add_gate(page, run.comparison.gate);
  page.labelled("report", base::printable(report_path, 1000));
  return page.take();
}

}  // namespace cachewitness::report
