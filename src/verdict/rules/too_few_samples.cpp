#include <fmt/format.h>

#include "verdict/rules/catalogue.h"

namespace cachewitness::verdict::rule {

namespace {

Ruling judge(const CellView& view) {
  if (view.servers <= 1 || !view.is_current()) {
    return does_not_apply();
  }
  const std::size_t needed = view.connections_needed();
  const std::size_t taken = view.connections_since(base::Instant{});
  if (taken >= needed) {
    return passes("The address was asked over as many connections as its servers need.");
  }
  return fires(view, *view.looks.back().seen, 1.0,
               fmt::format("Every answer is new, but {} connection(s) out of {} needed were answered: one stale server "
                           "of {} could have been missed.",
                           taken, needed, view.servers));
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
        "chance. A pass needs as many connections as give policy.confidence of meeting a stale one; a stale answer "
        "needs only one.",
    .remedy = "Verify {url} at {edge} again, and look at why some of its requests were not answered.",
    .judge = judge};

}  // namespace cachewitness::verdict::rule
