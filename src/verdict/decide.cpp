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
  all.insert(all.end(), view.set_aside.begin(), view.set_aside.end());
  for (const Look& look : view.looks) {
    all.push_back(look.seen);
  }
  for (const auto* replicas : {&view.truth().current, &view.truth().lagging, &view.truth().silent}) {
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

// The control that turns "new now" into "made new": the same edge held another version of the asset before
// the purge. A refusal, an error page or an answer that was only passed through is nothing that it held.
bool was_old_before(const CellView& view) {
  if (!view.baseline_version || view.baseline->mark == http::CacheMark::bypass) {
    return false;
  }
  const Sighting& before = *view.baseline;
  const bool is_other = view.baseline_version->is(Version::other) || view.baseline_version->is(Version::previous);
  const bool is_asset = before.status == view.looks.back().seen->status || before.is_from_store();
  const bool is_in_time = !view.purge().is_known || before.sent_at < view.purge().requested_at;
  return is_other && is_asset && is_in_time;
}

// Where a leak showed, and the steps that led to it.
void tell_leak(const CellView& view, const Rule& rule, Verdict& verdict) {
  const auto is_of_it = [&](const LeakSighting& seen) {
    return seen.probe ? check_of(rule.cause) == seen.probe->check : rule.cause == Cause::cross_tenant;
  };
  for (const LeakSighting& seen : view.leaks) {
    if (is_of_it(seen)) {
      verdict.url = seen.url;  // the last is the one that asked
      verdict.evidence.push_back(seen.id);
    }
  }
}

void tell_fresh(const CellView& view, Verdict& verdict) {
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
}

}  // namespace

Decision decide(const CellView& view) {
  CW_ASSERT(!view.looks.empty() || !view.failures.empty());
  const bool has_failure = !view.failures.empty();
  const bool has_other_answer = !std::ranges::all_of(view.looks, &Look::is_current);
  for (const Rule* rule : rules()) {
    const bool is_pointless = (rule->occasion == Occasion::leak_sighting && view.leaks.empty()) ||
                              (rule->occasion == Occasion::failure && !has_failure) ||
                              (rule->occasion == Occasion::other_answer && !has_other_answer);
    if (is_pointless) {
      continue;
    }
    Ruling ruling = rule->judge(view);
    if (ruling.outcome == Outcome::fires) {
      return {rule, std::move(ruling), Grade::none};
    }
  }
  CW_ASSERT(view.is_current());
  return {nullptr, {}, was_old_before(view) ? Grade::proven : Grade::consistent};
}

std::optional<Decision> decide_leak(const CellView& view) {
  for (const Rule* rule : rules()) {
    if (rule->state != State::leak || view.leaks.empty()) {
      continue;
    }
    Ruling ruling = rule->judge(view);
    if (ruling.outcome == Outcome::fires) {
      return Decision{rule, std::move(ruling), Grade::none};
    }
  }
  return std::nullopt;
}

bool is_waived(const CellView& view, const Decision& decision) {
  return decision.rule != nullptr &&
         std::ranges::any_of(view.header->policy.allow, [&](const manifest::AllowedCause& allowed) {
           return allowed.cause == entry(decision.rule->cause).slug &&
                  (!allowed.until || view.header->started_at < *allowed.until);
         });
}

Verdict tell(const CellView& view, Decision decision) {
  Verdict verdict;
  verdict.cell = view.cell;
  if (decision.state() == State::leak) {
    tell_leak(view, *decision.rule, verdict);
  } else {
    const Sighting& first = view.looks.empty() ? *view.failures.front() : *view.looks.front().seen;
    verdict.url = view.notebook->url_of(first);
    verdict.evidence = evidence_of(view);
  }
  verdict.grade = decision.grade;
  if (decision.rule == nullptr) {
    verdict.state = State::fresh;
    verdict.rule = fresh_rule;
    tell_fresh(view, verdict);
    return verdict;
  }
  const Rule& rule = *decision.rule;
  verdict.state = rule.state;
  verdict.cause = rule.cause;
  verdict.rule = rule.id;
  verdict.is_waived = is_waived(view, decision);
  verdict.confidence = decision.ruling.confidence;
  verdict.header = std::move(decision.ruling.header);
  verdict.expected = std::move(decision.ruling.expected);
  verdict.observed = std::move(decision.ruling.observed);
  verdict.why = std::move(decision.ruling.why);
  verdict.remedy = fill(rule.remedy, view, verdict);
  return verdict;
}

}  // namespace cachewitness::verdict
