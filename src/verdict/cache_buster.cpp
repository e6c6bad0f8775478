#include "verdict/cache_buster.h"

namespace cachewitness::verdict {

namespace {

using Step = evidence::LeakProbe::Step;

constexpr auto check = manifest::LeakCheck::poisoning;

}  // namespace

CacheBuster read_cache_buster(std::span<const LeakSighting> sightings) {
  const LeakSighting* first = find_step(sightings, check, Step::first);
  const LeakSighting* again = find_step(sightings, check, Step::again);
  const LeakSighting* other = find_step(sightings, check, Step::other);
  for (const LeakSighting* step : {first, again, other}) {
    if (step == nullptr || !step->is_success()) {
      return CacheBuster::unanswered;
    }
  }
  if (first->is_from_store() || other->is_from_store()) {
    return CacheBuster::is_ignored;
  }
  return again->is_from_store() ? CacheBuster::works : CacheBuster::not_stored;
}

std::string_view describe(CacheBuster buster) {
  switch (buster) {
    case CacheBuster::works:
      return "The cache-buster is part of the edge's cache key.";
    case CacheBuster::is_ignored:
      return "The edge served a copy for a URL that nobody had asked for, so the cache-buster is not in its key: "
             "nothing "
             "was tried, because visitors would have got it.";
    case CacheBuster::not_stored:
      return "The edge did not say that it served a copy the second time (no cache status, no Age): it stores nothing "
             "here or does not tell, so that a cache-buster cannot be shown to work, and nothing was tried.";
    case CacheBuster::unanswered:
      return "The plain requests that come first were not all answered with success, so nothing was tried.";
  }
  return "";
}

}  // namespace cachewitness::verdict
