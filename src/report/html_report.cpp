#include <algorithm>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "base/text.h"
#include "report/finding_group.h"
#include "report/html_style.h"
#include "report/loop_story.h"
#include "report/markup.h"
#include "report/profile_label.h"
#include "report/report.h"

namespace cachewitness::report {

namespace {

constexpr std::size_t max_finding_rows = 2000;
constexpr std::size_t max_open_rows = 30;  // a longer table is folded until someone wants it
constexpr std::size_t max_listed = 20;
constexpr std::size_t max_commands = 20;  // of the closed loop

std::string_view tone(verdict::State state) {
  const bool is_unsure = state == verdict::State::error || state == verdict::State::inconclusive;
  return is_unsure ? "doubtful" : "bad";
}

void append_definition(std::string& out, std::string_view term, std::string_view text) {
  if (!text.empty()) {
    out += fmt::format("<dt>{}</dt><dd>{}</dd>\n", term, markup(text));
  }
}

// What was on the wire: apart from prose, and one under the other, so that a difference shows.
void append_quoted(std::string& out, std::string_view term, std::string_view text) {
  if (!text.empty()) {
    out += fmt::format("<dt>{}</dt><dd><code>{}</code></dd>\n", term, markup(text));
  }
}

void append_group(std::string& out, const Run& run, const FindingGroup& group) {
  const verdict::Verdict& example = *group.example;
  const std::string drifted = group.header.empty() ? "" : " (" + markup(group.header, 60) + ")";
  out +=
      fmt::format("<section class=\"{}\"><h2>{}: {}{}{}</h2><p>{} on {}, {}</p><dl>\n",
                  group.is_waived ? "waived" : tone(group.state), name(group.state), verdict::entry(group.cause).slug,
                  drifted, group.is_waived ? ", waived by the policy" : "", counted(group.cells, "cell"),
                  counted(group.edges.size(), "edge"), counted(group.tenants.size(), "tenant"));
  append_definition(out, "Where", listed(group.edges, max_listed));
  append_definition(out, "Tenants", tenants_of(group, run, max_listed));
  append_definition(out, "Assets", listed(group.assets, max_listed));
  append_definition(out, "Variants", listed(group.variants, max_listed));
  append_definition(out, "Why", example.why);
  if (group.cells > 1) {
    append_quoted(out, "Example", example_label(run.roster, example));
  }
  append_quoted(out, "Seen", example.observed);
  append_quoted(out, "Expected", example.expected);
  out += fmt::format("<dt>What to do</dt><dd class=\"todo\">{}</dd>\n</dl></section>\n", markup(example.remedy));
}

void append_checks(std::string& out, const Run& run) {
  for (const evidence::CheckOutcome& check : run.footer.checks) {
    if (check.status != evidence::CheckOutcome::Status::pass) {
      const bool is_failed = check.status == evidence::CheckOutcome::Status::fail;
      out +=
          fmt::format("<section class=\"{}\"><h2>check {}: {}</h2><p>{}</p></section>\n",
                      is_failed ? "bad" : "doubtful", markup(check.name, 60), name(check.status), markup(check.detail));
    }
  }
}

std::string number_cell(std::uint64_t number, std::string_view tone_of_some) {
  const std::string_view tone = number == 0 ? "none" : tone_of_some;
  return fmt::format("<td class=\"number {}\">{}</td>", tone, base::grouped(number));
}

// Opens a table that stands open while it is short.
void begin_table(std::string& out, std::string_view title, std::size_t rows, std::string_view head) {
  out += fmt::format("<details{}><summary>{}</summary><div><table><tr>{}</tr>\n", rows <= max_open_rows ? " open" : "",
                     title, head);
}

std::string behaviour(const verdict::EdgeSummary& edge, const evidence::EdgeEntry& entry) {
  const std::string profile = profile_label(edge.profile);
  const std::string power = power_label(edge, entry);
  return profile + (profile.empty() || power.empty() ? "" : "; ") + power;
}

void append_edges(std::string& out, const Run& run) {
  const auto& edges = run.judgement.edges;
  begin_table(out, counted(edges.size(), "edge"), edges.size(),
              "<th>Edge</th><th class=\"number\">Cells</th><th class=\"number\">Fresh</th><th "
              "class=\"number\">Stale</th><th class=\"number\">Mismatch</th><th class=\"number\">Leak</th><th "
              "class=\"number\">Error</th><th class=\"number\">Inconclusive</th><th class=\"number\">p50</th><th "
              "class=\"number\">p99</th><th>Behaves</th>");
  for (const verdict::EdgeSummary& edge : edges) {
    const verdict::CellCounts& cells = edge.cells;
    const bool is_fine = cells.fresh == cells.total;
    const bool is_bad = cells.stale + cells.mismatch + cells.leak > 0;
    out += fmt::format(
        "<tr><td class=\"name{}\">{}</td>{}{}{}{}{}{}{}<td class=\"number\">{}</td><td class=\"number\">{}</td>"
        "<td class=\"behaves\">{}</td></tr>\n",
        is_fine  ? ""
        : is_bad ? " bad"
                 : " doubtful",
        markup(edge_label(run.roster, edge.edge)), number_cell(cells.total, ""),
        number_cell(cells.fresh, is_fine ? "good" : ""), number_cell(cells.stale, "bad"),
        number_cell(cells.mismatch, "bad"), number_cell(cells.leak, "bad"), number_cell(cells.error, "doubtful"),
        number_cell(cells.inconclusive, "doubtful"), latency(edge, edge.p50), latency(edge, edge.p99),
        markup(behaviour(edge, run.roster.edge(edge.edge))));
  }
  out += "</table></div></details>\n";
}

void append_findings(std::string& out, const Run& run) {
  const auto& findings = run.judgement.findings;
  const std::size_t shown = std::min(findings.size(), max_finding_rows);
  if (shown == 0) {
    return;
  }
  const std::string title = shown == findings.size()
                                ? counted(shown, "finding")
                                : fmt::format("{}; the first {} here, all in the JSON report",
                                              counted(findings.size(), "finding"), base::grouped(shown));
  begin_table(out, title, shown,
              "<th>Edge</th><th>Tenant</th><th>Asset</th><th>Variant</th><th>State</th><th>Cause</th><th>Seen</th>"
              "<th>Expected</th>");
  for (std::size_t i = 0; i < shown; ++i) {
    const verdict::Verdict& finding = findings[i];
    out += fmt::format(
        "<tr><td class=\"name\">{}</td><td class=\"name\">{}</td><td>{}</td><td>{}</td><td class=\"{}\">{}</td><td "
        "class=\"name\">{}</td><td class=\"seen\"><code>{}</code></td><td class=\"seen\"><code>{}</code></td></tr>\n",
        markup(edge_label(run.roster, finding.cell.edge)), markup(run.roster.tenant(finding.cell.tenant), 80),
        markup(run.roster.asset(finding.cell.asset)), markup(run.roster.variant(finding.cell.variant)),
        tone(finding.state), name(finding.state), verdict::entry(finding.cause).slug, markup(finding.observed, 200),
        markup(finding.expected, 200));
  }
  out += "</table></div></details>\n";
}

void append_loop(std::string& out, const Run& run) {
  if (!run.judgement.loop) {
    return;
  }
  const LoopStory story = tell_loop(run);
  out += fmt::format("<section class=\"{}\"><h2>purged again: {}</h2>\n", story.is_healed ? "good" : "bad",
                     markup(story.left, 2000));
  for (const std::string& round : story.rounds) {
    out += fmt::format("<p>{}</p>\n", markup(round, 400));
  }
  const std::size_t shown = std::min(story.manual.size(), max_commands);
  for (std::size_t i = 0; i < shown; ++i) {
    out += fmt::format("<p>{}: <code>{}</code></p>\n", markup(story.manual[i].tenant, 80),
                       markup(story.manual[i].command, 4000));
  }
  if (story.manual.size() > shown) {
    out += fmt::format("<p>and {}, all in the JSON report</p>\n", counted(story.manual.size() - shown, "more tenant"));
  }
  out += "</section>\n";
}

void append_facts(std::string& out, const Run& run) {
  out += "<details><summary>This run</summary><dl>\n";
  append_definition(out, "Project", run.header.project);
  append_definition(out, "Environment", environments(run));
  append_definition(out, "Started", base::rfc3339(run.header.started_at, 0));
  append_definition(out, "Took", base::human(run.footer.finished_at - run.header.started_at));
  append_definition(out, "Purge asked for",
                    run.header.purge.is_known ? base::rfc3339(run.header.purge.requested_at, 0) : "unknown");
  append_definition(out, "Probes", base::grouped(run.judgement.probes));
  for (const evidence::CheckOutcome& check : run.footer.checks) {
    append_definition(out, "Check", fmt::format("{}: {} {}", check.name, evidence::name(check.status), check.detail));
  }
  append_definition(out, "Run id", run.header.run_id);
  append_definition(out, "Manifest", "sha256 " + run.header.manifest_sha256);
  append_definition(out, "Written by", "cachewitness " + run.header.tool_version);
  out += "</dl></details>\n";
}

// The five seconds: did it pass, how much of what, when.
void append_head(std::string& out, const Run& run) {
  const verdict::GateResult& gate = run.judgement.gate;
  const verdict::CellCounts& cells = run.judgement.cells;
  const bool is_failed = gate.exit_code == base::ExitCode::failed;
  out += fmt::format("<p class=\"{}\"><strong>Gate {}</strong>",
                     gate.passed ? "good"
                     : is_failed ? "bad"
                                 : "doubtful",
                     gate.passed ? "passed."
                     : is_failed ? "failed."
                                 : "could not tell.");
  for (const std::string& reason : untold_reasons(run)) {
    out += " " + markup(reason);
  }
  const std::string proven =
      cells.proven == 0 ? "" : fmt::format(" ({} proven: seen old before, new now)", base::grouped(cells.proven));
  out += fmt::format("</p>\n<p>{} of {} fresh{}, on {}.</p>\n", base::grouped(cells.fresh),
                     counted(cells.total, "cell"), proven, counted(run.judgement.edges.size(), "edge"));
  const std::string project = run.header.project.empty() ? "" : "Project " + markup(run.header.project) + ", ";
  out += fmt::format("<p class=\"facts\">{}environment {}, {}</p>\n", project, markup(environments(run)),
                     base::rfc3339(run.footer.finished_at, 0));
}

}  // namespace

std::string render_html(const Run& run) {
  const std::string verdict_line = outcome(run);
  const std::string_view colour = verdict_line.starts_with("SUCCESS")   ? "good"
                                  : verdict_line.starts_with("FAILURE") ? "bad"
                                                                        : "doubtful";
  std::string out = html_head(verdict_line, colour);
  append_head(out, run);
  for (const verdict::OriginTrouble& trouble : run.judgement.origins) {
    out += fmt::format("<section class=\"bad\"><h2>origin: {}</h2><p>{} ({})</p></section>\n", markup(trouble.replica),
                       markup(trouble.what), counted(trouble.cells, "cell"));
  }
  for (const FindingGroup& group : group_findings(run)) {
    append_group(out, run, group);
  }
  append_loop(out, run);
  append_checks(out, run);
  append_edges(out, run);
  append_findings(out, run);
  append_facts(out, run);
  out += "</body></html>\n";
  return out;
}

}  // namespace cachewitness::report
