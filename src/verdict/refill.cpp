#include "verdict/refill.h"

#include <algorithm>

namespace cachewitness::verdict {

namespace {

// RFC 9111 5.1: a missing Age proves nothing by itself, but an edge has its habits.
bool sends_age_on_hits(const CellView& view) { return view.notebook->age_mode_of(view.cell.edge) == AgeMode::on_hits; }

Siding undated(const CellView& view, const Look& look) {
  const http::CacheMark mark = look.seen->mark;
  if (http::is_fetched(mark)) {
    return {Side::refilled, 0.85, "The edge says that it fetched the object for this very request."};
  }
  if (mark == http::CacheMark::none && look.dating.trust == AgeTrust::absent && sends_age_on_hits(view)) {
    return {Side::refilled, 0.8,
            "This edge sends Age with whatever comes from its store, and with nothing else; here there is none."};
  }
  if (is_origin_ready_first(view)) {
    return {Side::kept, 0.95,
            "Every origin replica was new before the purge, so a refill would have brought the new version."};
  }
  return {Side::kept, 0.8, "Without a usable Age, a refill from an origin that was still old cannot be ruled out."};
}

// Two objects of one cell whose brackets do not meet are two objects.
bool is_another_object(const CellView& view, const Look& look) {
  if (view.baseline == nullptr) {
    return false;
  }
  const Dating before = date_object(*view.baseline, {});
  return before.generation && look.dating.generation->after >= before.generation->until + slack(*look.seen);
}

bool is_same_object(const CellView& view, const Look& look) {
  if (view.baseline == nullptr) {
    return false;
  }
  const Dating before = date_object(*view.baseline, {});
  return before.generation && look.dating.generation->after < before.generation->until &&
         before.generation->after < look.dating.generation->until;
}

// By the names that servers give themselves, else by what is said of the address.
bool is_one_server(const CellView& view, const Sighting& a, const Sighting& b) {
  return a.node != 0 && b.node != 0 ? a.node == b.node : view.servers <= 1;
}

}  // namespace

bool is_origin_ready_first(const CellView& view) {
  const auto& purge = view.purge();
  return purge.origin_ready_at && *purge.origin_ready_at <= purge.requested_at && view.truth().lagging.empty();
}

Predecessor predecessor_of(const CellView& view, const Look& look) {
  const Dating before = view.baseline == nullptr ? Dating{} : date_object(*view.baseline, {});
  if (!before.generation) {
    return Predecessor::unknown;
  }
  if (is_same_object(view, look)) {
    return Predecessor::same;
  }
  const Generation& now = *look.dating.generation;
  const base::Duration least_gap = slack(*look.seen);
  const bool are_apart =
      now.after >= before.generation->until + least_gap || before.generation->after >= now.until + least_gap;
  return are_apart && is_one_server(view, *view.baseline, *look.seen) ? Predecessor::another : Predecessor::unknown;
}

Siding side_of_purge(const CellView& view, const Look& look) {
  const auto& generation = look.dating.generation;
  if (!generation) {
    return undated(view, look);
  }
  if (is_before_purge(*generation, *look.seen, view.purge())) {
    return {Side::kept, confidence_of(look.version.by), "Its Age says that it was there before the purge."};
  }
  if (is_after_purge(*generation, view.purge())) {
    const auto& ready = view.purge().origin_ready_at;
    if (ready && generation->after >= *ready) {
      return {Side::unknown, 0, "It was generated after every origin replica was new."};
    }
    return {Side::refilled, confidence_of(look.version.by), "Its Age says that it was generated after the purge."};
  }
  if (is_origin_ready_first(view)) {
    return {Side::kept, 0.95,
            "Every origin replica was new before the purge, so a refill would have brought the new version."};
  }
  if (is_another_object(view, look)) {
    return {Side::refilled, 0.85, "Its Age says that it is another object than the one seen before the deploy."};
  }
  if (is_same_object(view, look)) {
    return {Side::kept, 0.85, "Its Age fits the object seen before the deploy."};
  }
  return {Side::kept, 0.7, "Age counts whole seconds, which is too coarse to rule out a refill around the purge."};
}

bool is_untouched(const CellView& view) {
  return !view.looks.empty() && std::ranges::all_of(view.looks, [&](const Look& look) {
    const http::CacheMark mark = look.seen->mark;
    const bool is_of_now =
        http::is_fetched(mark) || mark == http::CacheMark::bypass || mark == http::CacheMark::revalidated;
    return look.version.is(Version::previous) && !is_of_now && !look.seen->says_stale() &&
           side_of_purge(view, look).side == Side::kept;
  });
}

}  // namespace cachewitness::verdict
