#include "verdict/rules/catalogue.h"

#include <algorithm>
#include <ranges>

#include <fmt/format.h>

#include "base/text.h"
#include "verdict/refill.h"

namespace cachewitness::verdict::rule {

namespace {

// By the medium grade of this cause: a key that HTTP does not show is inferred from what differs.
constexpr double confidence = 0.75;

Ruling judge(const CellView& view) {
  const Look* old = view.first(Version::previous);
  if (old == nullptr || view.other_variants_current.empty() || !view.purge().is_known) {
    return does_not_apply();
  }
  if (std::ranges::any_of(view.other_variants_current,
                          [&](const Sighting* sibling) { return view.are_variants(*old->seen, *sibling); })) {
    return passes("Vary or a content coding keeps the variants apart, so it is no key of the edge's own.");
  }
  const Siding siding = side_of_purge(view, *old);
  if (siding.side != Side::kept) {
    return passes(std::string(siding.because));
  }
  if (view.servers > 1) {
    return cannot_tell("Several servers share the address: the variants may have met different ones.");
  }
  const auto last_old = std::ranges::find_if(view.looks | std::views::reverse, &Look::is_not_current);
  const bool is_beside = std::ranges::any_of(view.other_variants_current, [&](const Sighting* sibling) {
    return sibling->mark != http::CacheMark::bypass && sibling->sent_at <= last_old->seen->sent_at;
  });
  if (!is_beside) {
    return cannot_tell("Other variants are new, but were asked for later, or were not answered from the cache.");
  }
  return fires(view, *old->seen, std::min(confidence, siding.confidence),
               fmt::format("Variant {} is still what it was before the purge, while the same URL is new at this edge "
                           "for another variant; Vary does not name what tells them apart.",
                           base::printable(view.variant)));
}

}  // namespace

constinit const Rule cache_key_not_purged{
    .id = "cache-key-not-purged",
    .state = State::stale,
    .cause = Cause::cache_key_not_purged,
    .occasion = Occasion::other_answer,
    .failure_mode = "F10",
    .anchor = "RFC 9211 2.7",
    .summary = "The edge keeps the object under a key of its own making, and the purge removed another key.",
    .explanation =
        "Many edges put more into the cache key than the URL and Vary: a device class, a country, a cookie. A purge "
        "by URL then removes the object of one such key and leaves the others. It shows where two variants of one "
        "URL, asked at the same edge, differ in version although no Vary names what their requests differ in.",
    .remedy = "Purge {url} at {edge} for every value of its cache key, or by tag; send what selects {variant} along.",
    .judge = judge};

}  // namespace cachewitness::verdict::rule
