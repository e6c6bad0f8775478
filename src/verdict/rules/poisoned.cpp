#include "verdict/rules/catalogue.h"

#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/text.h"
#include "verdict/cache_buster.h"

namespace cachewitness::verdict::rule {

namespace {

using Step = evidence::LeakProbe::Step;
constexpr auto check = manifest::LeakCheck::poisoning;

// The answer of a clean request is the one that the header brought about, and no other clean request got it.
bool is_carried_over(const CellView& view, const LeakSighting& primed, const LeakSighting& asked) {
  const LeakSighting* first = find_step(view.leaks, check, Step::first);
  const LeakSighting* other = find_step(view.leaks, check, Step::other);
  return are_same_answer(*first, *other) && !are_same_answer(*first, primed) && are_same_answer(primed, asked) &&
         asked.is_from_store();
}

Ruling poisoning(const LeakSighting& asked, const LeakSighting& clean, std::string_view how, double confidence) {
  const std::string header = base::printable(asked.probe->header);
  return leaks(asked, clean.describe(),
               {.confidence = confidence,
                .header = asked.probe->header,
                .why = fmt::format("Sent once, {} {}, and the next visitor, who did not send it, got that answer.",
                                   header, how)});
}

// Of one header: what the rule says, does_not_apply where there is nothing to say.
Ruling judge(const CellView& view, const LeakSighting& asked) {
  const std::string header = base::printable(asked.probe->header);
  const LeakSighting* primed = find_step(view.leaks, check, Step::prime, asked.probe->header);
  const LeakSighting& clean = *find_step(view.leaks, check, Step::first);
  if (primed == nullptr || !primed->is_answer() || !asked.is_answer()) {
    return cannot_tell(fmt::format("The requests with and after {} were not both answered.", header));
  }
  if (asked.has_canary) {
    return poisoning(asked, clean, "was repeated in the answer", 0.98);
  }
  if (is_carried_over(view, *primed, asked)) {
    return poisoning(asked, clean, "changed the answer", 0.9);
  }
  return does_not_apply();
}

Ruling judge(const CellView& view) {
  const bool is_tried = std::ranges::any_of(
      view.leaks, [](const LeakSighting& sighting) { return sighting.probe && sighting.probe->check == check; });
  if (!is_tried) {
    return does_not_apply();
  }
  if (const CacheBuster buster = read_cache_buster(view.leaks); buster != CacheBuster::works) {
    return cannot_tell(std::string(describe(buster)));
  }
  std::size_t headers = 0;
  Ruling doubt = does_not_apply();
  for (const LeakSighting& asked : view.leaks) {
    if (!asked.is_step(check, Step::ask)) {
      continue;
    }
    ++headers;
    Ruling ruling = judge(view, asked);
    if (ruling.outcome == Outcome::fires) {
      return ruling;
    }
    doubt = ruling.outcome == Outcome::cannot_tell ? std::move(ruling) : std::move(doubt);
  }
  if (headers == 0) {
    return cannot_tell("The run ended before any header was tried.");
  }
  return doubt.outcome == Outcome::cannot_tell
             ? doubt
             : passes(fmt::format("None of {} headers changed what the next visitor got.", headers));
}

}  // namespace

constinit const Rule poisoned{
    .id = "poisoned",
    .state = State::leak,
    .cause = Cause::poisoned,
    .occasion = Occasion::leak_sighting,
    .failure_mode = "F23",
    .anchor = "RFC 9111 7.1",
    .summary = "A request header that is not in the cache key changes what everyone else gets.",
    .explanation =
        "The origin's answer depends on a request header that the cache does not tell apart. Anyone can then have an "
        "answer of their making stored and served to others: a link to another host, a redirect, an error. The check "
        "sends the header once under a cache-buster of its own, so that no visitor can get that copy, and only where "
        "the edge has shown that the cache-buster is part of its key; then it asks again without the header.",
    .remedy =
        "Drop {header} from requests at {edge}, or make the origin ignore it; where it must count, put it into the "
        "cache key. Then purge what may have been stored.",
    .judge = judge};

}  // namespace cachewitness::verdict::rule
