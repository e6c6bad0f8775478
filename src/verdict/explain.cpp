#include <string>

#include <fmt/format.h>

#include "base/text.h"
#include "verdict/books.h"
#include "verdict/decide.h"
#include "verdict/judgement.h"
#include "verdict/survey.h"

namespace cachewitness::verdict {

namespace {

std::string line_of(const CellView& view, const Sighting& sighting) {
  std::string text = fmt::format("  e{} {} {}", sighting.id, base::rfc3339(sighting.sent_at),
                                 base::printable(view.describe(sighting)));
  if (sighting.has_age()) {
    text += fmt::format(", Age {} s", sighting.age_s);
  }
  if (const std::string words = view.notebook->words_of(sighting); !words.empty()) {
    text += ", " + base::printable(words);
  }
  return text;
}

std::string dating_of(const Look& look) {
  if (!look.dating.generation) {
    return fmt::format("    when it was generated is not known: the edge {}\n", describe(look.dating.trust));
  }
  return fmt::format("    generated after {} and not after {}\n", base::rfc3339(look.dating.generation->after),
                     base::rfc3339(look.dating.generation->until));
}

std::string expected_part(const CellView& view) {
  std::string out = "Expected\n";
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
  const evidence::PurgeTimes& purge = view.purge();
  if (purge.is_known) {
    out += fmt::format("  purge requested {}, acknowledged {}, {} to propagate\n", base::rfc3339(purge.requested_at),
                       base::rfc3339(purge.acknowledged_at), base::human(view.header->policy.propagation));
  } else {
    out += "  the time of the purge is not known (--purged-at tells it)\n";
  }
  if (purge.origin_ready_at) {
    out += fmt::format("  every origin replica new since {}\n", base::rfc3339(*purge.origin_ready_at));
  }
  return out;
}

std::string seen_part(const CellView& view) {
  std::string out = "Before the deploy\n";
  out += view.baseline == nullptr ? "  not looked at (no baseline)\n" : line_of(view, *view.baseline) + "\n";
  out += "Seen now\n";
  for (const Look& look : view.looks) {
    out += fmt::format("{}\n    version: {}, by {}\n", line_of(view, *look.seen), name(look.version.version),
                       describe(look.version.by));
    out += dating_of(look);
  }
  for (const Sighting* failure : view.failures) {
    out += line_of(view, *failure) + "\n";
  }
  for (const Sighting* answer : view.set_aside) {
    out += line_of(view, *answer) + "\n    set aside: better answers followed in time\n";
  }
  return out;
}

std::string rulings_part(const CellView& view) {
  std::string out = "Rules, in the order of decision: the first that fires gives the verdict\n";
  const std::vector<Ruling> rulings = rule_all(view);
  for (std::size_t i = 0; i < rulings.size(); ++i) {
    if (rulings[i].outcome != Outcome::does_not_apply) {
      out += fmt::format("  {}: {}. {}\n", rules()[i]->id, name(rulings[i].outcome), rulings[i].reason());
    }
  }
  return out;
}

std::string verdict_part(const Verdict& verdict) {
  std::string out = fmt::format("Verdict: {}", name(verdict.state));
  if (verdict.cause != Cause::none) {
    out += fmt::format(", {}", entry(verdict.cause).slug);
  }
  if (verdict.grade != Grade::none) {
    out += fmt::format(", {}", name(verdict.grade));
  }
  out += fmt::format(", confidence {:.2f}{}\n  {}\n", verdict.confidence,
                     verdict.is_waived ? ", waived by policy.allow" : "", verdict.why);
  if (const Rule* rule = find_rule(verdict.rule); rule != nullptr) {
    out += fmt::format("  {} ({})\nWhat to do\n  {}\n", rule->explanation, rule->anchor, verdict.remedy);
  }
  return out;
}

}  // namespace

std::string explain(const Judge& judge, const evidence::Cell& cell) {
  const Books& books = judge.books();
  const evidence::Roster& roster = books.roster();
  const evidence::EdgeEntry& edge = roster.edge(cell.edge);
  std::string out =
      fmt::format("{} / {} / {}: tenant {}, asset {}, variant {}\n", base::printable(edge.environment),
                  base::printable(edge.region), base::printable(edge.name), base::printable(roster.tenant(cell.tenant)),
                  base::printable(roster.asset(cell.asset)), base::printable(roster.variant(cell.variant)));
  const Dossier dossier = books.dossier(cell);
  if (!dossier.has(cell)) {
    return out + "Nothing was seen of this cell.\n";
  }
  CellView view = dossier.view(cell);
  judge.survey().look_across(view);
  const Verdict verdict = tell(view, decide(view));
  out += fmt::format("{}, asked at {}\n", base::printable(verdict.url), base::printable(edge.address));
  return out + verdict_part(verdict) + expected_part(view) + seen_part(view) + rulings_part(view);
}

}  // namespace cachewitness::verdict
