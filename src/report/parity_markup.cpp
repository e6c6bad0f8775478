#include <algorithm>
#include <chrono>
#include <string>

#include <fmt/format.h>

#include "base/percent.h"
#include "base/text.h"
#include "report/finding_group.h"
#include "report/html_style.h"
#include "report/markup.h"
#include "report/parity_report.h"
#include "report/workflow_command.h"

namespace cachewitness::report {

namespace {

constexpr std::size_t max_listed = 20;

std::string places(const parity::Finding& finding, std::size_t most) {
  return fmt::format("{} on {}, {}. Edges: {}. Tenants: {}. Assets: {}. Variants: {}.", counted(finding.cells, "cell"),
                     counted(finding.edges.size(), "edge"), counted(finding.tenants.size(), "tenant"),
                     listed(finding.edges, most), listed(finding.tenants, most), listed(finding.assets, most),
                     listed(finding.variants, most));
}

void append_section(std::string& out, const parity::Finding& finding) {
  out += fmt::format("<section class=\"{}\"><h2>{}{}</h2><p>{}</p><dl>\n", finding.is_waived ? "waived" : "bad",
                     markup(title(finding)), finding.is_waived ? ", waived" : "", markup(places(finding, max_listed)));
  for (const parity::Side& side : finding.sides) {
    std::string values;
    for (const std::string& value : side.values) {
      values += (values.empty() ? "<code>" : "<br><code>") + markup(value) + "</code>";
    }
    if (side.is_absent_too || side.is_unseen) {
      values += (values.empty() ? "" : "<br>") + std::string(side.is_unseen ? "no answer" : "absent");
    }
    out += fmt::format("<dt>{}</dt><dd>{}</dd>\n", markup(side.environment, 60), values);
  }
  for (const parity::PairState& pair : finding.pairs) {
    if (!pair.waived_by.empty()) {
      out += fmt::format("<dt>Waived by</dt><dd>{} ({}, {})</dd>\n", markup(pair.waived_by), markup(pair.one, 60),
                         markup(pair.other, 60));
    }
  }
  out += fmt::format("<dt>Example</dt><dd><code>{}</code></dd>\n</dl></section>\n", markup(finding.example));
}

void append_pairs(std::string& out, const parity::Comparison& comparison) {
  out +=
      "<div><table><tr><th>Pair</th><th class=\"number\">Parity</th><th class=\"number\">Cells</th><th "
      "class=\"number\">Same</th><th class=\"number\">Waived</th><th class=\"number\">Different</th><th "
      "class=\"number\">Unsure</th></tr>\n";
  for (const parity::PairScore& pair : comparison.pairs) {
    out += fmt::format("<tr><td class=\"name\">{} - {}</td><td class=\"number\">{}</td>", markup(pair.one, 60),
                       markup(pair.other, 60), base::percent(pair.score, 2));
    for (const std::uint64_t count : {pair.cells, pair.same, pair.waived, pair.different, pair.unsure}) {
      out += fmt::format("<td class=\"number\">{}</td>", base::grouped(count));
    }
    out += "</tr>\n";
  }
  out += "</table></div>\n";
}

}  // namespace

std::string render_parity_html(const ParityRun& run) {
  const parity::Gate& gate = run.comparison.gate;
  const bool is_failed = gate.exit_code == base::ExitCode::failed;
  std::string out = html_head(parity_outcome(run), gate.passed ? "good" : is_failed ? "bad" : "doubtful");
  for (const std::string& reason : gate.reasons) {
    out += fmt::format("<p>{}</p>\n", markup(reason));
  }
  append_pairs(out, run.comparison);
  for (const parity::Finding& finding : run.comparison.findings) {
    append_section(out, finding);
  }
  if (run.drift) {
    out += fmt::format("<p>Against {}: {} new, {} gone, {} unchanged.</p>\n", markup(run.drift->against),
                       run.drift->appeared.size(), run.drift->gone.size(), run.drift->unchanged.size());
    for (const parity::Drift::Gone& gone : run.drift->gone) {
      out += fmt::format("<p>Gone: {}</p>\n", markup(gone.title));
    }
  }
  out += fmt::format("<p class=\"facts\">{} {}, cachewitness {}</p>\n</body></html>\n", markup(run.header.run_id, 100),
                     base::rfc3339(run.footer.finished_at, 0), markup(run.header.tool_version, 40));
  return out;
}

std::string render_parity_junit(const ParityRun& run) {
  const auto& findings = run.comparison.findings;
  const parity::Gate& gate = run.comparison.gate;
  const auto waived = static_cast<std::size_t>(std::ranges::count(findings, true, &parity::Finding::is_waived));
  std::string out = fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"cachewitness\">\n"
      "  <testsuite name=\"parity\" tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"{}\" time=\"{:.3f}\" "
      "timestamp=\"{}\">\n",
      findings.size() + 1, findings.size() - waived + (gate.passed ? 0U : 1U), waived,
      std::chrono::duration<double>(run.footer.finished_at - run.header.started_at).count(),
      base::rfc3339(run.header.started_at, 0));
  for (const parity::Finding& finding : findings) {
    const std::string text = markup(places(finding, max_listed), 4000);
    out += fmt::format("    <testcase classname=\"parity\" name=\"{} {}\">\n", markup(finding.what), finding.id);
    if (finding.is_waived) {
      out += fmt::format("      <skipped message=\"{}\">{}</skipped>\n", markup("waived: " + title(finding)), text);
    } else {
      out +=
          fmt::format("      <failure message=\"{}\" type=\"difference\">{}</failure>\n", markup(title(finding)), text);
    }
    out += "    </testcase>\n";
  }
  out += "    <testcase classname=\"parity\" name=\"gate\"";
  out += gate.passed
             ? std::string("/>\n")
             : fmt::format(">\n      <failure message=\"{}\" type=\"gate\">{}</failure>\n    </testcase>\n",
                           markup(parity_outcome(run)), markup(fmt::format("{}", fmt::join(gate.reasons, " "))));
  out += "  </testsuite>\n</testsuites>\n";
  return out;
}

std::string render_parity_github(const ParityRun& run) {
  std::string out =
      workflow_command(run.comparison.gate.passed ? "notice" : "error", "cachewitness parity", parity_outcome(run));
  std::size_t left = max_annotations - 1;
  for (const parity::Finding& finding : run.comparison.findings) {
    if (left-- == 0) {
      break;
    }
    out += workflow_command(finding.is_waived ? "notice" : "error", "parity " + finding.what,
                            title(finding) + ". " + places(finding, 5));
  }
  return out;
}

}  // namespace cachewitness::report
