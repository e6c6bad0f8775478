#include <fmt/format.h>

#include "base/percent.h"
#include "verdict/rules/catalogue.h"

namespace cachewitness::verdict::rule {

namespace {

Ruling judge(const CellView& view) {
  if (view.servers <= 1 || !view.is_current()) {
    return does_not_apply();
  }
  if (view.reaches_confidence(base::Instant{})) {
    return passes(
        "Had one of the servers behind the address been stale, it would have been seen with the confidence "
        "that the policy asks for.");
  }
  return fires(
      view, *view.looks.back().seen, 1.0,
      fmt::format("Every answer is new, over {} connection(s): had one of {} servers been stale, it would have "
                  "been seen with probability {}, and policy.confidence takes {} at each edge of this kind.",
                  view.connections_since(base::Instant{}), view.servers,
                  base::percent(view.detection_power(base::Instant{})), base::percent(view.power_needed())));
}

}  // namespace

constinit const Rule too_few_samples{
    .id = "too-few-samples",
    .state = State::inconclusive,
    .cause = Cause::too_few_samples,
    .failure_mode = "INC",
    .anchor = "RFC 9110 3.7",
    .summary = "Several servers share the address, and too few of them can have been met.",
    .explanation =
        "An address may hide several servers, each with a store of its own, and a connection meets one of them by "
        "chance. A pass needs as many connections as would have met one stale server of N equal ones with a "
        "probability of policy.confidence, over all such edges of the run together: 1 - (1 - 1/N)^n for n connections. "
        "Fewer will do where servers name themselves and enough of them were met: m known ones of N give m/N. A stale "
        "answer needs only one connection.",
    .remedy = "Verify {url} at {edge} again, and look at why some of its requests were not answered.",
    .judge = judge};

}  // namespace cachewitness::verdict::rule
