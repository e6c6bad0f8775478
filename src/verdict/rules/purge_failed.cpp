#include "verdict/rules/catalogue.h"

#include <fmt/format.h>

#include "base/text.h"
#include "verdict/failed_purge.h"
#include "verdict/refill.h"

namespace cachewitness::verdict::rule {

namespace {

std::string what(const evidence::PurgeFailure& failure) {
  const std::string item = failure.item.empty() ? "" : " " + base::printable(failure.item);
  const std::string place = failure.edge.empty() ? "" : fmt::format(" at {}", base::printable(failure.edge));
  return fmt::format("the purge of {}{}{}", name(failure.scope), item, place);
}

std::string reason(const evidence::PurgeFailure& failure) {
  return failure.reason.empty() ? "" : fmt::format(" ({})", base::printable(failure.reason));
}

Ruling judge(const CellView& view) {
  if (view.purge_failures->is_empty() || !view.purge().is_known) {
    return does_not_apply();
  }
  const Look* old = view.first(Version::previous);
  old = old == nullptr ? view.first_other_copy() : old;
  if (old == nullptr) {
    return does_not_apply();
  }
  const Siding siding = side_of_purge(view, *old);
  const bool is_dated_before = old->dating.generation && siding.side == Side::kept;
  if (siding.side != Side::kept || (!old->version.is(Version::previous) && !is_dated_before)) {
    return passes("The object came into the cache after the purge.");
  }
  const evidence::PurgeFailure* failure = failed_purge_of(view, *old);
  if (failure == nullptr) {
    return view.purge_failures->has_vague()
               ? cannot_tell("The journal tells of purges that failed and does not tell what all of them were of.")
               : passes("The journal tells of no purge of this URL that failed.");
  }
  if (failure->is_unknown) {
    return fires(view, *old->seen, 0.8,
                 fmt::format("By the journal nobody knows what became of {}{}, and the edge still has what was there "
                             "before.",
                             what(*failure), reason(*failure)));
  }
  return fires(view, *old->seen, 0.97,
               fmt::format("By the journal {} failed{}, and the edge still has what was there before.", what(*failure),
                           reason(*failure)));
}

}  // namespace

constinit const Rule purge_failed{
    .id = "purge-failed",
    .state = State::stale,
    .cause = Cause::purge_failed,
    .occasion = Occasion::other_answer,
    .failure_mode = "F27",
    .anchor = "RFC 9110 15.5",
    .summary = "The purge was never carried out: the provider refused it, or nobody knows.",
    .explanation =
        "A purge is a request like any other: it may be refused for its credentials, come over a limit, fail in part, "
        "or get no answer at all. The journal of the purge has what was said to each request. Where the edge keeps an "
        "object that such a request was for, nothing is wrong with the edge.",
    .remedy =
        "Mend what the provider gave as its reason, purge {url} again, and verify; cachewitness purge --resume sends "
        "what the journal has as not taken.",
    .judge = judge};

}  // namespace cachewitness::verdict::rule
