#include "verdict/rules/catalogue.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "http/vary.h"
#include "verdict/obeyed.h"

namespace cachewitness::verdict::rule {

namespace {

// RFC 9111 3, on the safe side: only what says explicitly that this edge may keep it for a while.
bool is_storable(const Sighting& truth, const http::CachePolicy& policy) {
  return http::may_store(policy, http::CacheKind::shared) && !policy.no_cache &&
         !http::parse_vary(truth.vary.view()).is_any && explicit_lifetime(policy).value_or(0) > 0;
}

std::string words_of(const http::ObeyedPolicy& obeyed, const Sighting& truth) {
  return obeyed.field == "cache-control" ? fmt::format("Cache-Control allows: {}", truth.cache_control.view())
                                         : fmt::format("{} allows", obeyed.field);
}

Ruling judge(const CellView& view) {
  const Sighting* truth = view.truth().example();
  if (!view.is_current() || truth == nullptr) {
    return does_not_apply();
  }
  const bool is_passed_through = std::ranges::all_of(
      view.looks, [](const Look& look) { return look.seen->mark == http::CacheMark::bypass && !look.seen->has_age(); });
  if (!is_passed_through) {
    return passes("The edge does not say that it passes the asset through.");
  }
  const http::ObeyedPolicy obeyed = obeyed_policy(view, *truth);
  if (!is_storable(*truth, obeyed.policy)) {
    return passes("The origin does not say that this edge may store it for a while.");
  }
  const Sighting& seen = *view.looks.front().seen;
  Ruling ruling =
      fires(view, seen, 0.85,
            fmt::format("The edge says '{}', so every user's request goes to the origin, although the origin "
                        "allows shared caches to store the asset.",
                        base::printable(view.notebook->words_of(seen))));
  ruling.expected = "stored, as " + words_of(obeyed, *truth);
  ruling.observed = view.notebook->words_of(seen);
  return ruling;
}

}  // namespace

constinit const Rule not_cached{
    .id = "not-cached",
    .state = State::mismatch,
    .cause = Cause::not_cached,
    .failure_mode = "F18",
    .anchor = "RFC 9111 3",
    .summary = "The edge passes the asset through instead of caching it.",
    .explanation =
        "The content is new because the edge always asks the origin: that proves no purge, and the origin "
        "carries the load. Whether it should store the asset is read as the edge reads it: CDN-Cache-Control and its "
        "like, where its provider obeys them, before Cache-Control (RFC 9213). Varnish remembers such a decision for "
        "two minutes, so it may pass by itself.",
    .remedy = "Look for the rule at {edge} that bypasses the cache for {url} (cookies, query, path), and verify again.",
    .judge = judge};

}  // namespace cachewitness::verdict::rule
