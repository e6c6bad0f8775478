#include "verdict/rules/catalogue.h"

#include <algorithm>

#include <fmt/format.h>

#include "verdict/failed_purge.h"

namespace cachewitness::verdict::rule {

namespace {

// An edge's own server error is no old content: it is not excused by waiting.
bool is_waiting(const Look& look) { return look.is_not_current() && !look.is_own_error(); }

Ruling judge(const CellView& view) {
  const auto old = std::ranges::find_if(view.looks, is_waiting);
  if (!view.purge().is_known || old == view.looks.end()) {
    return does_not_apply();
  }
  const base::Instant deadline = view.purge().acknowledged_at + view.header->policy.propagation;
  const bool is_early = std::ranges::all_of(
      view.looks, [&](const Look& look) { return !is_waiting(look) || look.seen->received_at < deadline; });
  if (!is_early) {
    return passes("Another version was still served after the propagation deadline.");
  }
  if (const evidence::PurgeFailure* failure = failed_purge_of(view, *old); failure != nullptr && !failure->is_unknown) {
    return passes("By the journal its purge was refused: nothing is on its way.");
  }
  const base::Duration since = old->seen->received_at - view.purge().acknowledged_at;
  if (since < base::Duration::zero()) {
    return fires(view, *old->seen, 1.0,
                 fmt::format("Another version was seen {} before the purge was acknowledged, by the prober's clock.",
                             base::human(-since)));
  }
  return fires(view, *old->seen, 1.0,
               fmt::format("Another version was seen {} after the purge was acknowledged; the provider has {}.",
                           base::human(since), base::human(view.header->policy.propagation)));
}

}  // namespace

constinit const Rule within_propagation{
    .id = "within-propagation",
    .state = State::inconclusive,
    .cause = Cause::within_propagation,
    .occasion = Occasion::other_answer,
    .failure_mode = "INC",
    .anchor = "RFC 9111 4.4",
    .summary = "Not fresh yet, but the purge still has time to arrive.",
    .explanation =
        "A purge takes a while to reach every edge; policy.propagation says how long the provider may take. "
        "Until then another version is neither a fault nor a proof that all is well.",
    .remedy = "Verify again after the propagation deadline (policy.propagation).",
    .judge = judge};

}  // namespace cachewitness::verdict::rule
