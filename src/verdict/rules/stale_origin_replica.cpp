#include "verdict/rules/catalogue.h"

#include <fmt/format.h>

namespace cachewitness::verdict::rule {

namespace {

Ruling judge(const CellView& view) {
  if (view.truth().lagging.empty()) {
    return does_not_apply();
  }
  const Look* old = view.first_other_copy();
  if (old == nullptr) {
    return passes("A replica lags behind, but this edge serves no other version.");
  }
  const Sighting* source = nullptr;
  for (const Sighting* replica : view.truth().lagging) {
    source = is_same_version(*replica, *old->seen) ? replica : source;
  }
  if (source == nullptr) {
    return passes("A replica lags behind, but the edge serves yet another version.");
  }
  if (view.purge().is_known && old->dating.generation &&
      is_before_purge(*old->dating.generation, *old->seen, view.purge())) {
    return passes("A replica lags behind, but the edge's object is older than the purge.");
  }
  const bool is_dated = view.purge().is_known && old->dating.generation.has_value();
  return fires(
      view, *old->seen, is_dated ? 0.95 : 0.8,
      fmt::format("{} of the origin's replicas still serve(s) what this edge serves.", view.truth().lagging.size()));
}

}  // namespace

constinit const Rule stale_origin_replica{
    .id = "stale-origin-replica",
    .state = State::stale,
    .cause = Cause::stale_origin_replica,
    .occasion = Occasion::other_answer,
    .failure_mode = "F5",
    .anchor = "RFC 9110 3.6",
    .summary = "The edge was refilled from an origin replica that still has the old version.",
    .explanation =
        "The purge worked, and the edge asked the origin again, but the replica that answered had not been "
        "deployed to. Purging once more does not help while that replica lags.",
    .remedy = "Deploy to every origin replica first, then purge {url} at {edge} again.",
    .judge = judge};

}  // namespace cachewitness::verdict::rule
