#include <algorithm>
#include <array>
#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/text.h"
#include "report/finding_group.h"
#include "report/loop_story.h"
#include "report/profile_label.h"
#include "report/report.h"
#include "report/text_page.h"

namespace cachewitness::report {

namespace {

constexpr std::size_t max_groups = 8;
constexpr std::size_t max_listed = 5;
constexpr std::size_t max_edge_rows = 20;

Tone tone_of(verdict::State state) {
  switch (state) {
    case verdict::State::fresh:
      return Tone::good;
    case verdict::State::stale:
    case verdict::State::mismatch:
    case verdict::State::leak:
      return Tone::bad;
    case verdict::State::error:
    case verdict::State::inconclusive:
      return Tone::doubtful;
  }
  return Tone::plain;
}

void add_outcome(TextPage& page, const Run& run) {
  const std::string text = outcome(run);
  const std::size_t dash = text.find(" - ");
  const std::string_view word = std::string_view(text).substr(0, dash);
  const Tone tone = word == "SUCCESS" ? Tone::good : word == "FAILURE" ? Tone::bad : Tone::doubtful;
  page.line(page.painted(tone, word) + text.substr(std::min(dash, text.size())));
}

void add_origins(TextPage& page, const Run& run) {
  for (const verdict::OriginTrouble& trouble : run.judgement.origins) {
    page.line();
    page.line(fmt::format("  {}  {}", page.painted(Tone::bad, "ORIGIN"), base::printable(trouble.replica, 120)));
    page.labelled("what", fmt::format("{} ({})", base::printable(trouble.what, 300), counted(trouble.cells, "cell")));
    if (!trouble.serves.empty()) {
      page.labelled("example",
                    fmt::format("{} ({})", base::printable(trouble.url, 300), base::printable(trouble.serves, 300)));
    }
    page.labelled("do",
                  "repair the origin first: what edges are held against is not sure while replicas disagree or "
                  "are away");
  }
}

std::string upper_case(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  return out;
}

void add_group(TextPage& page, const Run& run, const FindingGroup& group) {
  std::string title = std::string(verdict::entry(group.cause).slug);
  if (!group.header.empty()) {
    title += fmt::format(" ({})", base::printable(group.header, 60));
  }
  if (group.is_waived) {
    title += ", waived by the policy";
  }
  const std::string word = upper_case(name(group.state));
  const std::string counts = fmt::format("{} on {}, {}", counted(group.cells, "cell"),
                                         counted(group.edges.size(), "edge"), counted(group.tenants.size(), "tenant"));
  page.line();
  page.title(tone_of(group.state), word, title, counts);
  const verdict::Verdict& example = *group.example;
  page.labelled("where", listed(group.edges, max_listed));
  page.labelled("tenants", tenants_of(group, run, max_listed));
  page.labelled("assets", listed(group.assets, max_listed));
  page.labelled("variants", listed(group.variants, max_listed));
  page.labelled("why", base::printable(example.why, 600));
  if (group.cells > 1) {
    page.labelled("example", example_label(run.roster, example));
  }
  page.labelled("seen", base::printable(example.observed));
  if (example.expected != example.observed) {  // where the trouble is no difference, as without a baseline
    page.labelled("expected", base::printable(example.expected));
  }
  page.labelled("do", base::printable(example.remedy, 600));
}

void add_findings(TextPage& page, const Run& run, const TextStyle& style) {
  const std::vector<FindingGroup> groups = group_findings(run);
  const std::size_t shown = style.verbose ? groups.size() : std::min(groups.size(), max_groups);
  for (std::size_t i = 0; i < shown; ++i) {
    add_group(page, run, groups[i]);
  }
  if (groups.size() > shown) {
    page.line();
    page.line(fmt::format("  and {} in the report (or with -v)", counted(groups.size() - shown, "more cause")));
  }
}

void add_loop(TextPage& page, const Run& run, const TextStyle& style) {
  if (!run.judgement.loop) {
    return;
  }
  const LoopStory story = tell_loop(run);
  page.line();
  page.line(fmt::format("  {}  {}", page.painted(story.is_healed ? Tone::good : Tone::bad, "REPURGE"), story.left));
  for (const std::string& round : story.rounds) {
    page.labelled("purged", round);
  }
  const std::size_t shown = style.verbose ? story.manual.size() : std::min(story.manual.size(), max_listed);
  for (std::size_t i = 0; i < shown; ++i) {
    // Whole, however long: it is to be copied.
    page.line(fmt::format("      {}", base::printable(story.manual[i].command, 4000)));
  }
  if (story.manual.size() > shown) {
    page.line(
        fmt::format("      and {} in the report (or with -v)", counted(story.manual.size() - shown, "more command")));
  }
}

void add_checks(TextPage& page, const Run& run, const TextStyle& style) {
  for (const evidence::CheckOutcome& check : run.footer.checks) {
    const bool is_pass = check.status == evidence::CheckOutcome::Status::pass;
    if (is_pass && !style.verbose) {
      continue;
    }
    const Tone tone = is_pass                                                ? Tone::good
                      : check.status == evidence::CheckOutcome::Status::fail ? Tone::bad
                                                                             : Tone::doubtful;
    page.line();
    page.line(fmt::format("  {}  {}: {}", page.painted(tone, "CHECK"), page.painted(Tone::strong, name(check.status)),
                          base::printable(check.name, 60)));
    page.labelled("said", base::printable(check.detail, 600));
  }
}

// A column of the table of edges; one that would hold nothing but zeros is left out.
struct Column {
  std::string_view title;
  std::uint64_t (*count)(const verdict::CellCounts& cells);
  bool is_always_shown;
};
constexpr std::array<Column, 7> columns_of_counts{{
    {"cells", [](const verdict::CellCounts& cells) { return cells.total; }, true},
    {"fresh", [](const verdict::CellCounts& cells) { return cells.fresh; }, true},
    {"stale", [](const verdict::CellCounts& cells) { return cells.stale; }, true},
    {"mismatch", [](const verdict::CellCounts& cells) { return cells.mismatch; }, false},
    {"leak", [](const verdict::CellCounts& cells) { return cells.leak; }, false},
    {"error", [](const verdict::CellCounts& cells) { return cells.error; }, false},
    {"unsure", [](const verdict::CellCounts& cells) { return cells.inconclusive; }, false},
}};

std::vector<const verdict::EdgeSummary*> edges_to_show(const Run& run, const TextStyle& style) {
  std::vector<const verdict::EdgeSummary*> edges;
  for (const verdict::EdgeSummary& edge : run.judgement.edges) {
    if (style.verbose || edge.cells.fresh < edge.cells.total) {
      edges.push_back(&edge);
    }
  }
  return edges;
}

void add_edges(TextPage& page, const Run& run, const TextStyle& style) {
  const std::vector<const verdict::EdgeSummary*> edges = edges_to_show(run, style);
  if (edges.empty()) {
    return;
  }
  const std::size_t shown = style.verbose ? edges.size() : std::min(edges.size(), max_edge_rows);
  std::vector<std::vector<std::string>> rows{{"edge"}};
  for (std::size_t i = 0; i < shown; ++i) {
    rows.push_back({base::printable(edge_label(run.roster, edges[i]->edge), 40)});
  }
  for (const Column& column : columns_of_counts) {
    const auto is_some = [&column](const auto* edge) { return column.count(edge->cells) > 0; };
    if (column.is_always_shown || std::ranges::any_of(edges, is_some)) {
      rows[0].emplace_back(column.title);
      for (std::size_t i = 0; i < shown; ++i) {
        rows[i + 1].push_back(base::grouped(column.count(edges[i]->cells)));
      }
    }
  }
  rows[0].emplace_back("p99");
  for (std::size_t i = 0; i < shown; ++i) {
    rows[i + 1].push_back(latency(*edges[i], edges[i]->p99));
  }
  page.line();
  page.table(rows);
  if (edges.size() > shown) {
    page.line(fmt::format("  and {}", counted(edges.size() - shown, "more edge")));
  }
}

// Edges that behave alike on one line, in the order of the first of each kind.
void add_profiles(TextPage& page, const Run& run, const TextStyle& style) {
  if (!style.verbose) {
    return;
  }
  std::vector<std::pair<std::string, std::vector<std::string>>> kinds;
  for (const verdict::EdgeSummary& edge : run.judgement.edges) {
    const std::string label = profile_label(edge.profile);
    if (label.empty()) {
      continue;
    }
    auto kind = std::ranges::find(kinds, label, &std::pair<std::string, std::vector<std::string>>::first);
    if (kind == kinds.end()) {
      kind = kinds.insert(kinds.end(), {label, {}});
    }
    kind->second.push_back(edge_label(run.roster, edge.edge));
  }
  for (const auto& [label, edges] : kinds) {
    page.line();
    page.labelled("behave", label);
    page.labelled("where", listed(edges, max_listed));
  }
}

// Of the edges that hide several servers, the one where a stale one was the most likely to be missed.
void add_power(TextPage& page, const Run& run) {
  const verdict::EdgeSummary* least = nullptr;
  std::size_t edges = 0;
  for (const verdict::EdgeSummary& edge : run.judgement.edges) {
    if (!power_label(edge, run.roster.edge(edge.edge)).empty()) {
      ++edges;
      least = least == nullptr || edge.detection_power < least->detection_power ? &edge : least;
    }
  }
  if (least != nullptr) {
    const std::string among = edges == 1 ? "" : fmt::format(", the least of {}", counted(edges, "such edge"));
    page.labelled("servers", fmt::format("{} ({}{})", power_label(*least, run.roster.edge(least->edge)),
                                         base::printable(edge_label(run.roster, least->edge), 40), among));
  }
}

void add_leak_checks(TextPage& page, const Run& run) {
  for (const verdict::LeakSummary& summary : run.judgement.leak_checks) {
    std::string text = fmt::format("{}: {} tried", name(summary.check), counted(summary.found + summary.clear, "cell"));
    text += summary.found > 0 ? fmt::format(", {} of them leaking", base::grouped(summary.found)) : ", no leak found";
    if (summary.unsure > 0) {
      text += fmt::format("; {} could not be told: {}", base::grouped(summary.unsure),
                          base::printable(summary.why_unsure, 300));
    }
    page.labelled("leaks", text);
  }
}

void add_mask(TextPage& page, const Run& run) {
  const std::size_t rules = run.header.policy.mask.size();
  if (rules > 0) {
    page.labelled("mask", fmt::format("{} left {} bytes of {} out of what is compared", counted(rules, "rule"),
                                      base::grouped(run.judgement.masked_bytes),
                                      counted(run.judgement.masked_answers, "answer")));
  }
}

// The reasons that the outcome does not give already; they end with a full stop.
void add_gate(TextPage& page, const Run& run) {
  const verdict::GateResult& gate = run.judgement.gate;
  if (gate.passed) {
    page.labelled("gate", "passed");
    return;
  }
  const bool is_failed = gate.exit_code == base::ExitCode::failed;
  std::string text =
      fmt::format("{}, exit code {}.", is_failed ? "failed" : "could not tell", static_cast<int>(gate.exit_code));
  for (const std::string& reason : untold_reasons(run)) {
    text += " " + reason;
  }
  page.labelled("gate", text);
}

void add_counts(TextPage& page, const Run& run) {
  const verdict::CellCounts& cells = run.judgement.cells;
  std::string text = fmt::format("{} of {} fresh", base::grouped(cells.fresh), counted(cells.total, "cell"));
  if (cells.proven > 0) {
    text += fmt::format(" ({} proven: seen old before, new now)", base::grouped(cells.proven));
  }
  const auto also = [&](std::uint64_t count, std::string_view what) {
    if (count > 0) {
      text += fmt::format(", {} {}", base::grouped(count), what);
    }
  };
  also(cells.stale, "stale");
  also(cells.mismatch, "mismatched");
  also(cells.leak, "leaking");
  also(cells.error, "in error");
  also(cells.inconclusive, "inconclusive");
  also(cells.waived, "of these waived");
  page.line();
  page.labelled("cells", text);
  page.labelled("run", fmt::format("{} on {} in {}", counted(run.judgement.probes, "probe"),
                                   counted(run.roster.edges.size(), "edge"),
                                   base::human(run.footer.finished_at - run.header.started_at)));
  add_power(page, run);
  add_leak_checks(page, run);
  add_mask(page, run);
  add_gate(page, run);
}

}  // namespace

std::string render_text(const Run& run, const TextStyle& style, std::string_view report_path) {
  TextPage page(style);
  add_outcome(page, run);
  add_origins(page, run);
  add_findings(page, run, style);
  add_loop(page, run, style);
  add_checks(page, run, style);
  add_edges(page, run, style);
  add_profiles(page, run, style);
  add_counts(page, run);
  page.labelled("report", base::printable(report_path, 1000));
  return page.take();
}

}  // namespace cachewitness::report
