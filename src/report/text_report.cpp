#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "base/text.h"
#include "report/finding_group.h"
#include "report/report.h"

namespace cachewitness::report {

namespace {

constexpr std::size_t max_groups = 8;
constexpr std::size_t max_listed = 5;
constexpr std::size_t max_edge_rows = 20;

enum class Tone : std::uint8_t { plain, good, bad, doubtful, dim, strong };

std::string_view sgr(Tone tone) {
  switch (tone) {
    case Tone::plain:
      return "";
    case Tone::good:
      return "\x1b[1;32m";
    case Tone::bad:
      return "\x1b[1;31m";
    case Tone::doubtful:
      return "\x1b[1;33m";
    case Tone::dim:
      return "\x1b[2m";
    case Tone::strong:
      return "\x1b[1m";
  }
  return "";
}

// Columns, near enough: code points. Escapes have made everything else visible before.
std::size_t columns(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

// The page under construction: knows colour and width, and nothing of verdicts.
class Page {
 public:
  explicit Page(const TextStyle& style) : style_(style), width_(static_cast<std::size_t>(std::max(style.width, 40))) {}

  [[nodiscard]] std::string painted(Tone tone, std::string_view text) const {
    const std::string_view start = sgr(tone);
    return style_.color && !start.empty() ? fmt::format("{}{}\x1b[0m", start, text) : std::string(text);
  }
  void line(std::string_view text = {}) {
    out_ += text;
    out_ += '\n';
  }
  // "  WORD  title: counts", the counts on a line of their own where the terminal is too narrow.
  void title(Tone tone, std::string_view word, std::string_view title, std::string_view counts) {
    const bool fits = columns(word) + columns(title) + columns(counts) + 6 <= width_;
    line(fmt::format("  {}  {}:{}", painted(tone, word), painted(Tone::strong, title),
                     fits ? fmt::format(" {}", counts) : std::string()));
    if (!fits) {
      labelled("count", counts);
    }
  }
  // "    label     text", the text wrapped between words and the lines after the first indented under it.
  void labelled(std::string_view label, std::string_view text) {
    if (text.empty()) {
      return;
    }
    constexpr std::size_t indent = 14;
    std::string row = fmt::format("    {:<10}", label);
    std::size_t used = indent;
    bool is_line_start = true;
    for (const std::string_view word : words(text)) {
      if (!is_line_start && used + 1 + columns(word) > width_) {
        line(row);
        row.assign(indent, ' ');
        used = indent;
        is_line_start = true;
      }
      row += is_line_start ? "" : " ";
      row += word;
      used += columns(word) + (is_line_start ? 0 : 1);
      is_line_start = false;
    }
    line(row);
  }
  [[nodiscard]] std::string take() { return std::move(out_); }

 private:
  static std::vector<std::string_view> words(std::string_view text) {
    std::vector<std::string_view> found;
    std::size_t at = 0;
    while ((at = text.find_first_not_of(' ', at)) != std::string_view::npos) {
      const std::size_t end = std::min(text.find(' ', at), text.size());
      found.push_back(text.substr(at, end - at));
      at = end;
    }
    return found;
  }

  TextStyle style_;
  std::size_t width_;
  std::string out_;
};

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

void add_outcome(Page& page, const Run& run) {
  const std::string text = outcome(run);
  const std::size_t dash = text.find(" - ");
  const std::string_view word = std::string_view(text).substr(0, dash);
  const Tone tone = word == "SUCCESS" ? Tone::good : word == "FAILURE" ? Tone::bad : Tone::doubtful;
  page.line(page.painted(tone, word) + text.substr(std::min(dash, text.size())));
}

void add_origins(Page& page, const Run& run) {
  for (const verdict::OriginTrouble& trouble : run.judgement.origins) {
    page.line();
    page.line(fmt::format("  {}  {}", page.painted(Tone::bad, "ORIGIN"), base::printable(trouble.replica, 120)));
    page.labelled("what", fmt::format("{} ({})", base::printable(trouble.what, 300), counted(trouble.cells, "cell")));
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

void add_group(Page& page, const Run& run, const FindingGroup& group) {
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
  page.labelled("tenants", listed(group.tenants, max_listed));
  page.labelled("assets", listed(group.assets, max_listed));
  page.labelled("variants", listed(group.variants, max_listed));
  page.labelled("why", base::printable(example.why, 600));
  if (group.cells > 1) {
    page.labelled("example", example_label(run.roster, example));
  }
  page.labelled("seen", base::printable(example.observed));
  page.labelled("expected", base::printable(example.expected));
  page.labelled("do", base::printable(example.remedy, 600));
}

void add_findings(Page& page, const Run& run, const TextStyle& style) {
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

void add_checks(Page& page, const Run& run, const TextStyle& style) {
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

void add_edges(Page& page, const Run& run, const TextStyle& style) {
  std::vector<const verdict::EdgeSummary*> rows;
  for (const verdict::EdgeSummary& edge : run.judgement.edges) {
    if (style.verbose || edge.cells.fresh < edge.cells.total) {
      rows.push_back(&edge);
    }
  }
  if (rows.empty()) {
    return;
  }
  std::size_t label_width = 4;
  for (const verdict::EdgeSummary* edge : rows) {
    label_width = std::max(label_width, columns(base::printable(edge_label(run.roster, edge->edge), 40)));
  }
  page.line();
  page.line(
      page.painted(Tone::dim, fmt::format("  {:<{}}  {:>7} {:>7} {:>6} {:>8} {:>6} {:>7} {:>9}", "edge", label_width,
                                          "cells", "fresh", "stale", "mismatch", "error", "unsure", "p99")));
  const std::size_t shown = style.verbose ? rows.size() : std::min(rows.size(), max_edge_rows);
  for (std::size_t i = 0; i < shown; ++i) {
    const verdict::EdgeSummary& edge = *rows[i];
    const std::string label = base::printable(edge_label(run.roster, edge.edge), 40);
    page.line(fmt::format("  {}{}  {:>7} {:>7} {:>6} {:>8} {:>6} {:>7} {:>9}", label,
                          std::string(label_width - columns(label), ' '), edge.cells.total, edge.cells.fresh,
                          edge.cells.stale, edge.cells.mismatch + edge.cells.leak, edge.cells.error,
                          edge.cells.inconclusive, latency(edge, edge.p99)));
  }
  if (rows.size() > shown) {
    page.line(fmt::format("  and {}", counted(rows.size() - shown, "more edge")));
  }
}

// The reasons that the outcome does not give already; they end with a full stop.
void add_gate(Page& page, const Run& run) {
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

void add_counts(Page& page, const Run& run) {
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
  add_gate(page, run);
}

}  // namespace

std::string render_text(const Run& run, const TextStyle& style, std::string_view report_path) {
  Page page(style);
  add_outcome(page, run);
  add_origins(page, run);
  add_findings(page, run, style);
  add_checks(page, run, style);
  add_edges(page, run, style);
  add_counts(page, run);
  page.labelled("report", base::printable(report_path, 1000));
  return page.take();
}

}  // namespace cachewitness::report
