#include "verdict/rules/catalogue.h"

#include <algorithm>
#include <ranges>
#include <vector>

#include <fmt/format.h>

#include "base/text.h"

namespace cachewitness::verdict::rule {

namespace {

// Our own earlier request for this cell, in whose time the object came into the cache.
std::vector<const Sighting*> requests_at_its_birth(const CellView& view, const Look& old) {
  std::vector<const Sighting*> requests = view.set_aside;
  for (const Look& look : view.looks) {
    requests.push_back(look.seen);
  }
  if (view.baseline != nullptr) {
    requests.push_back(view.baseline);
  }
  const Generation& birth = *old.dating.generation;
  std::erase_if(requests, [&](const Sighting* request) {
    return request->received_at > old.seen->sent_at || request->received_at <= birth.after ||
           request->sent_at > birth.until || request->is_from_store();
  });
  return requests;
}

Ruling judge(const CellView& view) {
  if (view.first(Version::previous) == nullptr || !view.purge().is_known) {
    return does_not_apply();
  }
  bool is_dated = false;
  bool is_silent = false;
  for (const Look& look : view.looks) {
    if (!look.version.is(Version::previous) || !look.dating.generation) {
      continue;
    }
    is_dated = true;
    if (!is_after_purge(*look.dating.generation, view.purge())) {
      continue;
    }
    const auto requests = requests_at_its_birth(view, look);
    const auto own =
        std::ranges::find_if(requests, [](const Sighting* request) { return http::is_fetched(request->mark); });
    if (own != requests.end()) {
      return fires(view, *look.seen, 0.9,
                   fmt::format("The object came into the cache when this run asked for it: probe e{} of {} was fetched "
                               "from the origin, which still gave the old version.",
                               (*own)->id, base::rfc3339((*own)->sent_at)));
    }
    is_silent = is_silent || !requests.empty();
  }
  if (is_silent) {
    return cannot_tell("It came into the cache when this run asked for it, but the edge does not say for whom.");
  }
  if (!is_dated) {
    return cannot_tell("Nothing says when the object came into the cache.");
  }
  return passes("The object did not come into the cache by a probe of this run.");
}

}  // namespace

constinit const Rule probe_refilled{
    .id = "probe-refilled",
    .state = State::stale,
    .cause = Cause::probe_refilled,
    .occasion = Occasion::other_answer,
    .failure_mode = "F29",
    .anchor = "RFC 9111 4.2.3",
    .summary = "A probe of this very run brought the old version back after the purge.",
    .explanation =
        "A request between the purge and the moment when the origin has the new version makes the edge fetch the old "
        "one again, and probes are requests. Here the object's Age leads back to a probe that the edge did not answer "
        "from its store. The purge worked; the order of the pipeline did not.",
    .remedy = "Purge {url} at {edge} again, and verify only after every origin replica serves the new version.",
    .judge = judge};

}  // namespace cachewitness::verdict::rule
