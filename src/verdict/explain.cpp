#include "verdict/explain.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/text.h"
#include "verdict/books.h"
#include "verdict/decide.h"
#include "verdict/survey.h"

namespace cachewitness::verdict {

namespace {

// "+59.3 s" since the purge was requested; empty where nobody knows when that was.
std::string since_purge(const CellView& view, base::Instant when) {
  if (!view.purge().is_known) {
    return {};
  }
  constexpr double second = 1e9;
  return fmt::format("{:+.1f} s", static_cast<double>((when - view.purge().requested_at).count()) / second);
}

std::string moment(const CellView& view, base::Instant when) {
  const std::string since = since_purge(view, when);
  return base::rfc3339(when) + (since.empty() ? "" : fmt::format(" ({})", since));
}

std::string line_of(const CellView& view, const Sighting& sighting) {
  std::string text =
      fmt::format("  e{} {} {}", sighting.id, moment(view, sighting.sent_at), base::printable(view.describe(sighting)));
  if (sighting.has_age()) {
    text += fmt::format(", Age {} s", sighting.age_s);
  }
  if (const std::string words = view.notebook->words_of(sighting); !words.empty()) {
    text += ", " + base::printable(words);
  }
  if (const std::string_view node = view.notebook->node_of(sighting); !node.empty()) {
    text += ", from " + base::printable(node);
  }
  return text;
}

std::string reading_of(const CellView& view, const Look& look) {
  std::string text = fmt::format("; version: {}, by {}", name(look.version.version), describe(look.version.by));
  if (!look.dating.generation) {
    return text + fmt::format("; of unknown age: the edge {}", describe(look.dating.trust));
  }
  text += fmt::format("; generated after {} and not after {}", base::rfc3339(look.dating.generation->after),
                      base::rfc3339(look.dating.generation->until));
  const std::string since = since_purge(view, look.dating.generation->until);
  return since.empty() ? text : text + fmt::format(" ({})", since);
}

std::string expected_since(const CellView& view) {
  const evidence::PurgeTimes& purge = view.purge();
  if (!purge.is_known) {
    return "Expected (since when is not known: --purged-at tells the time of the purge)\n";
  }
  return fmt::format("Expected since {}, by {} at the latest\n", base::rfc3339(purge.requested_at),
                     base::rfc3339(purge.acknowledged_at + view.header->policy.propagation));
}

std::string purge_line(const CellView& view) {
  const evidence::PurgeTimes& purge = view.purge();
  if (!purge.is_known) {
    return {};
  }
  std::string out = fmt::format("  purge requested {}, acknowledged {}, {} to propagate (by {})\n",
                                base::rfc3339(purge.requested_at), moment(view, purge.acknowledged_at),
                                base::human(view.header->policy.propagation), base::printable(purge.source));
  if (purge.origin_ready_at) {
    out += fmt::format("  every origin replica new since {}\n", moment(view, *purge.origin_ready_at));
  }
  return out;
}

std::string expected_part(const CellView& view) {
  std::string out = expected_since(view);
  if (view.truth().source == Truth::Source::expectation) {
    out += fmt::format("  {}\n", base::printable(view.describe_truth()));
  }
  const auto add = [&](const std::vector<const Sighting*>& replicas, std::string_view remark) {
    for (const Sighting* replica : replicas) {
      out += fmt::format("{}  ({}, {})\n", line_of(view, *replica), base::printable(view.notebook->url_of(*replica)),
                         remark);
    }
  };
  add(view.truth().current, view.truth().is_divided ? "origin, replicas disagree" : "origin");
  add(view.truth().lagging, "origin, another version");
  add(view.truth().silent, "origin, no answer to compare with");
  return out + purge_line(view);
}

struct Seen {
  const Sighting* sighting = nullptr;
  std::string line;
};

std::string seen_part(const CellView& view) {
  std::string out = "Before the deploy\n";
  out += view.baseline == nullptr ? "  not looked at (no baseline)\n" : line_of(view, *view.baseline) + "\n";
  std::vector<Seen> all;
  for (const Look& look : view.looks) {
    all.push_back({look.seen, line_of(view, *look.seen) + reading_of(view, look)});
  }
  for (const Sighting* failure : view.failures) {
    all.push_back({failure, line_of(view, *failure)});
  }
  for (const Sighting* answer : view.set_aside) {
    all.push_back({answer, line_of(view, *answer) + "; set aside: better answers followed in time"});
  }
  std::ranges::sort(all, [](const Seen& a, const Seen& b) { return is_before(*a.sighting, *b.sighting); });
  out += "Seen, oldest first\n";
  for (const Seen& seen : all) {
    out += seen.line + "\n";
  }
  return out;
}

std::string leaks_part(const CellView& view) {
  std::string out = view.leaks.empty() ? "" : "Leak checks\n";
  for (const LeakSighting& seen : view.leaks) {
    std::string step = "an ordinary probe";
    if (seen.probe) {
      step = fmt::format("{}, {}", name(seen.probe->check), name(seen.probe->step));
      step += seen.probe->header.empty() ? "" : fmt::format(" with {}", base::printable(seen.probe->header));
      step +=
          seen.probe->other_tenant.empty() ? "" : fmt::format(" after {}", base::printable(seen.probe->other_tenant));
    }
    out += fmt::format("  e{} {} {}: {}\n    {}\n", seen.id, base::rfc3339(seen.sent_at), step,
                       base::printable(seen.describe()), base::printable(seen.url));
  }
  return out;
}

std::string list_of(std::string_view title, const std::vector<std::string>& lines) {
  if (lines.empty()) {
    return {};
  }
  return fmt::format("{}\n{}\n", title, fmt::join(lines, "\n"));
}

enum class Rulings : bool { of_all, of_leaks };

// What passed is ruled out, whether it was asked before the rule that decided or after it.
std::string rulings_part(const CellView& view, Rulings which) {
  std::vector<std::string> fired;
  std::vector<std::string> ruled_out;
  std::vector<std::string> untold;
  for (const Rule* rule : rules()) {
    if (which == Rulings::of_leaks && rule->state != State::leak) {
      continue;
    }
    const Ruling ruling = rule->judge(view);
    std::string line = fmt::format("  {}: {}", rule->id, ruling.reason());
    if (ruling.outcome == Outcome::fires) {
      fired.push_back(fired.empty() ? line : fmt::format("  (also {}, which is less exact or comes later)", rule->id));
    } else if (ruling.outcome == Outcome::passes) {
      ruled_out.push_back(std::move(line));
    } else if (ruling.outcome == Outcome::cannot_tell) {
      untold.push_back(std::move(line));
    }
  }
  return list_of("The rule that decides", fired) + list_of("Ruled out", ruled_out) + list_of("Cannot be told", untold);
}

std::string verdict_part(const Verdict& verdict) {
  std::string out = fmt::format("Verdict: {}", name(verdict.state));
  if (verdict.cause != Cause::none) {
    out += fmt::format(", {}", entry(verdict.cause).slug);
  }
  if (verdict.grade != Grade::none) {
    out += fmt::format(", {}", name(verdict.grade));
  }
  return out + fmt::format(", confidence {:.2f}{}\n  {}\n", verdict.confidence,
                           verdict.is_waived ? ", waived by policy.allow" : "", verdict.why);
}

std::string advice_part(const Verdict& verdict, std::string_view advice) {
  const Rule* rule = find_rule(verdict.rule);
  if (rule == nullptr) {
    return {};
  }
  return fmt::format("What it means\n  {} ({})\nWhat to do\n  {}\n{}", rule->explanation, rule->anchor, verdict.remedy,
                     advice);
}

// Of a cell that only leak checks have asked for.
std::string leak_story(const Books& books, const evidence::Cell& cell) {
  const CellView view = books.leak_view(cell);
  const std::string seen = leaks_part(view) + rulings_part(view, Rulings::of_leaks);
  auto decision = decide_leak(view);
  if (!decision) {
    return seen;
  }
  const Verdict verdict = tell(view, *std::move(decision));
  return base::printable(verdict.url) + "\n" + verdict_part(verdict) + seen + advice_part(verdict, "");
}

}  // namespace

std::string explain(const Judge& judge, const evidence::Cell& cell, std::string_view advice) {
  const Books& books = judge.books();
  const evidence::Roster& roster = books.roster();
  const evidence::EdgeEntry& edge = roster.edge(cell.edge);
  std::string out =
      fmt::format("{} / {} / {}: tenant {}, asset {}, variant {}\n", base::printable(edge.environment),
                  base::printable(edge.region), base::printable(edge.name), base::printable(roster.tenant(cell.tenant)),
                  base::printable(roster.asset(cell.asset)), base::printable(roster.variant(cell.variant)));
  const Dossier dossier = books.dossier(cell);
  if (!dossier.has(cell)) {
    return out + (books.leaks().of(cell).empty() ? "Nothing was seen of this cell.\n" : leak_story(books, cell));
  }
  CellView view = dossier.view(cell);
  judge.look_across(view);
  const Verdict verdict = tell(view, decide(view));
  out += fmt::format("{}, asked at {}\n", base::printable(verdict.url), base::printable(edge.address));
  return out + verdict_part(verdict) + expected_part(view) + seen_part(view) + leaks_part(view) +
         rulings_part(view, Rulings::of_all) + advice_part(verdict, advice);
}

}  // namespace cachewitness::verdict
