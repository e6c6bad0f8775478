#include "verdict/rules/catalogue.h"

#include <algorithm>

#include <fmt/format.h>

namespace cachewitness::verdict::rule {

namespace {

// What the edge served had been the origin's a moment before: seen before the replica's next answer.
bool was_right_when_seen(const CellView& view, const Sighting& seen, const Sighting& earlier) {
  const auto is_next = [&](const Sighting* last) {
    return last->replica == earlier.replica && seen.sent_at <= last->received_at;
  };
  return is_same_version(earlier, seen) &&
         (std::ranges::any_of(view.truth().current, is_next) || std::ranges::any_of(view.truth().lagging, is_next));
}

// The origin changed while the run was under way.
Ruling judge_moved(const CellView& view) {
  for (const Look& look : view.looks) {
    for (const Sighting* earlier : view.truth().superseded) {
      if (look.is_not_current() && was_right_when_seen(view, *look.seen, *earlier)) {
        return fires(view, *look.seen, 1.0,
                     fmt::format("The origin changed during the run: e{} gave what the edge served, and later it gave "
                                 "another version.",
                                 earlier->id));
      }
    }
  }
  return passes("The origin changed during the run, but the edge does not serve what it served before.");
}

Ruling judge_divided(const CellView& view) {
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

Ruling judge(const CellView& view) {
  if (view.truth().is_divided) {
    return judge_divided(view);
  }
  return view.truth().superseded.empty() ? does_not_apply() : judge_moved(view);
}

}  // namespace

constinit const Rule origin_moved{
    .id = "origin-moved",
    .state = State::inconclusive,
    .cause = Cause::origin_moved,
    .occasion = Occasion::other_answer,
    .failure_mode = "F5",
    .anchor = "RFC 9110 3.6",
    .summary = "The origin's replicas disagree, or changed during the run: there is no single truth.",
    .explanation =
        "While a deploy rolls over the replicas, an edge that holds either version may be right. The origin "
        "is reported before any edge is blamed. A baseline would tell which version is the old one. Where an edge "
        "serves "
        "something else than the origin did, the origin is asked once more at the end, so that a deploy in the middle "
        "of the run is not taken for a fault of the edge.",
    .remedy = "Finish the deploy on every origin replica, purge {url} again, then verify.",
    .judge = judge};

}  // namespace cachewitness::verdict::rule
