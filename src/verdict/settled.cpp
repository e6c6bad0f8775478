#include "verdict/settled.h"

#include <algorithm>

namespace cachewitness::verdict {

namespace {

// Content of another version that the edge itself calls fresh. No fetch is under way behind it, so only a purge that
// is late could change it, and for that policy.propagation has passed.
bool is_held_as_fresh(const CellView& view, const Look& look) {
  return look.is_not_current() && view.notebook->says_fresh(*look.seen);
}

}  // namespace

bool is_settled(const CellView& view, const Decision& decision) {
  if (view.looks.size() < 2) {
    return false;
  }
  // What is wrong with the right content, what nothing dates, and what has time left: seconds change none of these.
  if (decision.state() != State::stale) {
    return true;
  }
  switch (decision.rule->cause) {
    case Cause::regression:     // seen to come and go already
    case Cause::mixed_servers:  //
      return true;
    case Cause::stale_while_revalidate:
      return view.looks.back().is_current();
    default:
      return std::ranges::all_of(view.looks, [&](const Look& look) { return is_held_as_fresh(view, look); });
  }
}

}  // namespace cachewitness::verdict
