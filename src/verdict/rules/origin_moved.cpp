#include "verdict/rules/catalogue.h"

#include <algorithm>

namespace cachewitness::verdict::rule {

namespace {

Ruling judge(const CellView& view) {
  if (!view.truth().is_divided) {
    return does_not_apply();
  }
  const auto torn =
      std::ranges::find_if(view.looks, [](const Look& look) { return look.version.is(Version::undecidable); });
  if (torn == view.looks.end()) {
    return passes("The edge serves what no replica serves.");
  }
  Ruling ruling =
      fires(view, *torn->seen, 1.0, "Origin replicas serve different versions, and the edge serves one of them.");
  for (const Sighting* replica : view.truth().current) {
    if (!is_same_version(*replica, *torn->seen)) {
      ruling.expected = view.describe(*replica);
    }
  }
  return ruling;
}

}  // namespace

constinit const Rule origin_moved{
    .id = "origin-moved",
    .state = State::inconclusive,
    .cause = Cause::origin_moved,
    .occasion = Occasion::other_answer,
    .failure_mode = "F5",
    .anchor = "RFC 9110 3.6",
    .summary = "The origin's replicas disagree, so there is no single truth.",
    .explanation =
        "While a deploy rolls over the replicas, an edge that holds either version may be right. The origin "
        "is reported before any edge is blamed. A baseline would tell which version is the old one.",
    .remedy = "Finish the deploy on every origin replica, purge {url} again, then verify.",
    .judge = judge};

}  // namespace cachewitness::verdict::rule
