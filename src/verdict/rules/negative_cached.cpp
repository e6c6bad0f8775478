#include "verdict/rules/catalogue.h"

#include <algorithm>

#include <fmt/format.h>

namespace cachewitness::verdict::rule {

namespace {

bool is_negative(int status) { return status == 404 || status == 410 || status == 429 || status >= 500; }

// The same answer as before the deploy is the stored one, even from a cache that says nothing about itself.
bool is_as_before(const CellView& view, const Sighting& seen) {
  return seen.status < 500 && view.baseline != nullptr && view.baseline->status == seen.status &&
         is_same_version(*view.baseline, seen) && !seen.digest.is_none() && seen.digest == view.baseline->digest;
}

Ruling judge(const CellView& view) {
  const Sighting* example = view.truth().example();
  const auto negative = std::ranges::find_if(
      view.looks, [](const Look& look) { return !look.is_current() && is_negative(look.seen->status); });
  if (negative == view.looks.end() || (example != nullptr && is_negative(example->status))) {
    return does_not_apply();
  }
  const Sighting& seen = *negative->seen;
  if (seen.is_from_store()) {
    const std::string age = seen.has_age() ? fmt::format("Age {} s", seen.age_s) : "its cache's own status header";
    return fires(
        view, seen, 0.97,
        fmt::format("The edge answers {} out of its store, as {} shows; the origin does not.", seen.status, age));
  }
  if (is_as_before(view, seen)) {
    return fires(view, seen, 0.85,
                 fmt::format("The edge answers the same {} as before the deploy; the origin does not.", seen.status));
  }
  return cannot_tell(fmt::format("Nothing says whether the {} came from the edge's store.", seen.status));
}

}  // namespace

constinit const Rule negative_cached{
    .id = "negative-cached",
    .state = State::stale,
    .cause = Cause::negative_cached,
    .occasion = Occasion::other_answer,
    .failure_mode = "F12",
    .anchor = "RFC 9110 15.1",
    .summary = "The edge has stored an error for an asset that exists.",
    .explanation =
        "404 and 410 may be stored like any answer (RFC 9110 15.1), and many CDNs store server errors too. "
        "Asked for before the origin had the asset, the edge keeps saying that there is none.",
    .remedy = "Purge {url} at {edge}, and give errors a short lifetime (negative caching TTL).",
    .judge = judge};

}  // namespace cachewitness::verdict::rule
