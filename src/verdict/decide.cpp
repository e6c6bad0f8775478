#include "verdict/decide.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/assert.h"
#include "base/text.h"

namespace cachewitness::verdict {

namespace {

// {edge}, {url}, {variant} and {header} of a remedy.
std::string fill(std::string_view pattern, const CellView& view, const Verdict& verdict) {
  const std::array<std::pair<std::string_view, std::string>, 4> values{{
      {"{edge}", base::printable(view.edge)},
      {"{url}", base::printable(verdict.url)},
      {"{variant}", base::printable(view.variant)},
      {"{header}", base::printable(verdict.header)},
  }};
  std::string out;
  while (!pattern.empty()) {
    const auto found =
        std::ranges::find_if(values, [&](const auto& value) { return pattern.starts_with(value.first); });
    if (found == values.end()) {
      out += pattern.front();
      pattern.remove_prefix(1);
    } else {
      out += found->second;
      pattern.remove_prefix(found->first.size());
    }
  }
  return out;
}

std::vector<std::uint64_t> evidence_of(const CellView& view) {
  std::vector<const Sighting*> all = view.failures;
  for (const Look& look : view.looks) {
    all.push_back(look.seen);
  }
  for (const auto* replicas : {&view.truth.current, &view.truth.lagging, &view.truth.silent}) {
    all.insert(all.end(), replicas->begin(), replicas->end());
  }
  if (view.baseline != nullptr) {
    all.push_back(view.baseline);
  }
  std::ranges::sort(all, [](const Sighting* a, const Sighting* b) { return is_before(*a, *b); });
  std::vector<std::uint64_t> ids;
  ids.reserve(all.size());
  for (const Sighting* sighting : all) {
    ids.push_back(sighting->id);
  }
  return ids;
}

bool is_waived(const CellView& view, Cause cause) {
  return std::ranges::any_of(view.header->policy.allow, [&](const manifest::AllowedCause& allowed) {
    return allowed.cause == entry(cause).slug && (!allowed.until || view.header->started_at < *allowed.until);
  });
}

// The control that turns "new now" into "made new": the same edge held another version before.
bool was_old_before(const CellView& view) {
  return view.baseline_version &&
         (view.baseline_version->is(Version::other) || view.baseline_version->is(Version::previous));
}

Verdict fresh(const CellView& view) {
  CW_ASSERT(view.is_current());
  Verdict verdict;
  verdict.state = State::fresh;
  verdict.rule = fresh_rule;
  verdict.grade = was_old_before(view) ? Grade::proven : Grade::consistent;
  // A chain is as strong as its weakest link.
  verdict.confidence = 1;
  for (const Look& look : view.looks) {
    verdict.confidence = std::min(verdict.confidence, confidence_of(look.version.by));
  }
  const Look& last = view.looks.back();
  verdict.expected = view.describe_truth();
  verdict.observed = view.describe(*last.seen);
  verdict.why = fmt::format("By {}, the edge serves what the origin serves{}.", describe(last.version.by),
                            verdict.grade == Grade::proven ? ", and it served another version before" : "");
  return verdict;
}

Verdict fired(const CellView& view, const Rule& rule, Ruling ruling) {
  Verdict verdict;
  verdict.state = rule.state;
  verdict.cause = rule.cause;
  verdict.rule = rule.id;
  verdict.confidence = ruling.confidence;
  verdict.header = std::move(ruling.header);
  verdict.expected = std::move(ruling.expected);
  verdict.observed = std::move(ruling.observed);
  verdict.why = std::move(ruling.why);
  verdict.is_waived = is_waived(view, rule.cause);
  return verdict;
}

Verdict first_ruling(const CellView& view) {
  for (const Rule* rule : rules()) {
    Ruling ruling = rule->judge(view);
    if (ruling.outcome == Outcome::fires) {
      return fired(view, *rule, std::move(ruling));
    }
  }
  return fresh(view);
}

}  // namespace

Verdict decide(const CellView& view) {
  CW_ASSERT(!view.looks.empty() || !view.failures.empty());
  Verdict verdict = first_ruling(view);
  const Sighting& first = view.looks.empty() ? *view.failures.front() : *view.looks.front().seen;
  verdict.cell = view.cell;
  verdict.url = view.text(first.url);
  verdict.evidence = evidence_of(view);
  if (const Rule* rule = find_rule(verdict.rule); rule != nullptr) {
    verdict.remedy = fill(rule->remedy, view, verdict);
  }
  return verdict;
}

std::vector<Ruling> rule_all(const CellView& view) {
  std::vector<Ruling> rulings;
  for (const Rule* rule : rules()) {
    rulings.push_back(rule->judge(view));
  }
  return rulings;
}

}  // namespace cachewitness::verdict
