#include "verdict/rules/catalogue.h"

#include <fmt/format.h>

namespace cachewitness::verdict::rule {

namespace {

Ruling judge(const CellView& view) {
  const Look* old = view.first_not_current();
  const bool is_fetched =
      old != nullptr && (old->seen->mark == http::CacheMark::miss || old->seen->mark == http::CacheMark::expired);
  if (!is_fetched) {
    return does_not_apply();
  }
  if (!view.purge().is_known || !old->dating.generation) {
    return cannot_tell("The edge says that it fetched the object just now, but no Age says how old it is.");
  }
  if (!is_before_purge(*old->dating.generation, *old->seen, view.purge())) {
    return passes("The object that the edge fetched is not older than the purge.");
  }
  return fires(view, *old->seen, 0.9,
               fmt::format("The edge fetched the object for this very request, yet its Age is {} s: a cache behind the "
                           "edge had kept it since before the purge.",
                           old->seen->age_s));
}

}  // namespace

constinit const Rule shield_not_purged{
    .id = "shield-not-purged",
    .state = State::stale,
    .cause = Cause::shield_not_purged,
    .occasion = Occasion::other_answer,
    .failure_mode = "F3",
    .anchor = "RFC 9111 4.2.3",
    .summary = "The edge was purged, but the shield behind it was not.",
    .explanation =
        "Age sums every cache on the way (RFC 9111 4.2.3). An edge that misses and still answers with an old "
        "Age got the object from another cache: an origin shield or parent tier that kept it.",
    .remedy = "Purge the shield first, then {url} at {edge}.",
    .judge = judge};

}  // namespace cachewitness::verdict::rule
