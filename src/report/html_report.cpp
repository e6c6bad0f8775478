#include <algorithm>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "base/text.h"
#include "report/finding_group.h"
#include "report/markup.h"
#include "report/report.h"

namespace cachewitness::report {

namespace {

constexpr std::size_t max_finding_rows = 2000;

// The policy below names this text by its hash: no other style, and no script at all, runs on the page.
constexpr std::string_view style =
    ":root{color-scheme:light dark;--bad:#b3261e;--doubtful:#8a5a00;--good:#1b6e3a;--line:#8884}"
    "body{font:16px/1.5 system-ui,sans-serif;max-width:72rem;margin:0 auto;padding:1rem}"
    "h1{font-size:1.4rem}h2{font-size:1.1rem;margin-top:2rem}"
    ".bad{color:var(--bad)}.doubtful{color:var(--doubtful)}.good{color:var(--good)}"
    "@media(prefers-color-scheme:dark){:root{--bad:#ff8a80;--doubtful:#ffcc66;--good:#7ddc9a}}"
    "section{border-top:1px solid var(--line);overflow-wrap:anywhere}"
    "div{overflow-x:auto}table{border-collapse:collapse;font-size:.9rem}"
    "th,td{text-align:left;vertical-align:top;padding:.3rem .7rem;border-bottom:1px solid var(--line)}"
    "dt{font-weight:600}dd{margin:0 0 .5rem 1rem}";
constexpr std::string_view style_hash = "sha256-/i7ygC8aMnEOUbykWk0E7SEmO8itSVqIt7ozaZ+AwLY=";

std::string_view tone(verdict::State state) {
  const bool is_unsure = state == verdict::State::error || state == verdict::State::inconclusive;
  return is_unsure ? "doubtful" : "bad";
}

void append_definition(std::string& out, std::string_view term, std::string_view text) {
  if (!text.empty()) {
    out += fmt::format("<dt>{}</dt><dd>{}</dd>\n", term, markup(text));
  }
}

void append_group(std::string& out, const FindingGroup& group) {
  const verdict::Verdict& example = *group.example;
  const std::string drifted = group.header.empty() ? "" : " (" + markup(group.header, 60) + ")";
  out += fmt::format("<section><h2 class=\"{}\">{}: {}{}{}</h2><p>{} on {}, {}</p><dl>\n", tone(group.state),
                     name(group.state), verdict::entry(group.cause).slug, drifted, group.is_waived ? ", waived" : "",
                     counted(group.cells, "cell"), counted(group.edges.size(), "edge"),
                     counted(group.tenants.size(), "tenant"));
  append_definition(out, "Where", listed(group.edges, 20));
  append_definition(out, "Tenants", listed(group.tenants, 20));
  append_definition(out, "Why", example.why);
  append_definition(out, "Expected", example.expected);
  append_definition(out, "Observed", example.observed);
  append_definition(out, "What to do", example.remedy);
  out += "</dl></section>\n";
}

void append_edges(std::string& out, const Run& run) {
  out +=
      "<section><h2>Edges</h2><div><table><tr><th>Edge</th><th>Cells</th><th>Fresh</th><th>Stale</th>"
      "<th>Mismatch</th><th>Leak</th><th>Error</th><th>Inconclusive</th><th>p50</th><th>p99</th></tr>\n";
  for (const verdict::EdgeSummary& edge : run.judgement.edges) {
    const verdict::CellCounts& cells = edge.cells;
    out += fmt::format(
        "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td>"
        "<td>{}</td></tr>\n",
        markup(edge_label(run.roster, edge.edge)), cells.total, cells.fresh, cells.stale, cells.mismatch, cells.leak,
        cells.error, cells.inconclusive, base::human(edge.p50), base::human(edge.p99));
  }
  out += "</table></div></section>\n";
}

void append_findings(std::string& out, const Run& run) {
  const auto& findings = run.judgement.findings;
  const std::size_t shown = std::min(findings.size(), max_finding_rows);
  if (shown == 0) {
    return;
  }
  out += fmt::format(
      "<section><h2>Findings</h2><p>{} of {}</p><div><table><tr><th>Edge</th><th>Tenant</th>"
      "<th>Asset</th><th>Variant</th><th>State</th><th>Cause</th><th>Observed</th><th>Expected</th></tr>\n",
      shown, findings.size());
  for (std::size_t i = 0; i < shown; ++i) {
    const verdict::Verdict& finding = findings[i];
    out += fmt::format(
        "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td "
        "class=\"{}\">{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n",
        markup(edge_label(run.roster, finding.cell.edge)), markup(run.roster.tenant(finding.cell.tenant)),
        markup(run.roster.asset(finding.cell.asset)), markup(run.roster.variant(finding.cell.variant)),
        tone(finding.state), name(finding.state), verdict::entry(finding.cause).slug, markup(finding.observed, 200),
        markup(finding.expected, 200));
  }
  out += "</table></div></section>\n";
}

void append_facts(std::string& out, const Run& run) {
  out += "<section><h2>Run</h2><dl>\n";
  append_definition(out, "Project", run.header.project);
  append_definition(out, "Environment", environments(run));
  append_definition(out, "Started", base::rfc3339(run.header.started_at, 0));
  append_definition(out, "Took", base::human(run.footer.finished_at - run.header.started_at));
  append_definition(out, "Purge asked for",
                    run.header.purge.is_known ? base::rfc3339(run.header.purge.requested_at, 0) : "unknown");
  append_definition(out, "Probes", base::grouped(run.judgement.probes));
  append_definition(out, "Gate", run.judgement.gate.passed ? "passed" : "did not pass");
  for (const std::string& reason : run.judgement.gate.reasons) {
    append_definition(out, "Reason", reason);
  }
  for (const evidence::CheckOutcome& check : run.footer.checks) {
    append_definition(out, "Check", fmt::format("{}: {} {}", check.name, evidence::name(check.status), check.detail));
  }
  append_definition(out, "Run id", run.header.run_id);
  append_definition(out, "Written by", "cachewitness " + run.header.tool_version);
  out += "</dl></section>\n";
}

}  // namespace

std::string render_html(const Run& run) {
  const std::string verdict_line = outcome(run);
  const std::string_view colour = verdict_line.starts_with("SUCCESS")   ? "good"
                                  : verdict_line.starts_with("FAILURE") ? "bad"
                                                                        : "doubtful";
  std::string out = fmt::format(
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src '{}'; base-uri 'none'; "
      "form-action 'none'\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<title>{}</title>\n<style>{}</style></head><body>\n<h1 class=\"{}\">{}</h1>\n",
      style_hash, markup(verdict_line), style, colour, markup(verdict_line));
  for (const verdict::OriginTrouble& trouble : run.judgement.origins) {
    out += fmt::format("<section><h2 class=\"bad\">origin: {}</h2><p>{} ({})</p></section>\n", markup(trouble.replica),
                       markup(trouble.what), counted(trouble.cells, "cell"));
  }
  for (const FindingGroup& group : group_findings(run)) {
    append_group(out, group);
  }
  append_edges(out, run);
  append_findings(out, run);
  append_facts(out, run);
  out += "</body></html>\n";
  return out;
}

}  // namespace cachewitness::report
