#include "verdict/rules/catalogue.h"

#include <fmt/format.h>

#include "base/text.h"
#include "base/time.h"

namespace cachewitness::verdict::rule {

namespace {

Ruling judge(const CellView& view) {
  if (view.looks.empty() || view.looks.front().seen->exchange == 0) {
    return does_not_apply();
  }
  if (view.twin.other == nullptr) {
    return passes("Every answer was made for its own request, by what the provider writes into each.");
  }
  return fires(
      view, *view.twin.own, 0.95,
      fmt::format("The provider marks every exchange with its edges, and e{} bears the same mark as e{}, which "
                  "was asked for at {}: one answer, given twice by something between the prober and the edge.",
                  view.twin.own->id, view.twin.other->id, base::rfc3339(view.twin.other->sent_at)));
}

}  // namespace

constinit const Rule downstream_cache{
    .id = "downstream-cache",
    .state = State::inconclusive,
    .cause = Cause::downstream_cache,
    .failure_mode = "F20",
    .anchor = "RFC 9110 7.6",
    .summary = "Something between the prober and the edge answered in the edge's place.",
    .explanation =
        "A proxy in the prober's own network may keep answers and give them again, whichever edge is asked. Such an "
        "answer says nothing about the edge, whether its content is old or new. It shows by what many CDNs write into "
        "every exchange anew (CF-Ray, X-Amz-Cf-Id, X-Azure-Ref and their like): the same one twice is the same answer "
        "twice. That is read only where the manifest names the edge's provider, for a cache in front of another CDN "
        "stores such a field along with the object.",
    .remedy =
        "Probe from a place whose requests reach {edge} without a cache on the way: look for a transparent proxy, a "
        "secure web gateway or a proxy in the environment, and verify {url} again.",
    .judge = judge};

}  // namespace cachewitness::verdict::rule
