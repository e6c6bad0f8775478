#include "verdict/rules/catalogue.h"

#include <algorithm>

#include <fmt/format.h>

namespace cachewitness::verdict::rule {

namespace {

bool is_compared(const CellView& view) {
  return std::ranges::find(view.header->policy.compare, "status") != view.header->policy.compare.end();
}

Ruling judge(const CellView& view) {
  const Sighting* example = view.truth().example();
  if (view.looks.empty() || example == nullptr || !is_compared(view)) {
    return does_not_apply();
  }
  // A version that was seen before the deploy is the other rules' affair.
  const auto odd = std::ranges::find_if(view.looks, [&](const Look& look) {
    return look.seen->status != example->status && !look.version.is(Version::previous);
  });
  if (odd == view.looks.end()) {
    return passes("The status is the origin's.");
  }
  Ruling ruling = fires(view, *odd->seen, 0.9,
                        fmt::format("The edge answers {} {}where the origin answers {}.", odd->seen->status,
                                    odd->seen->is_from_store() ? "out of its store " : "", example->status));
  ruling.header = "status";
  return ruling;
}

}  // namespace

constinit const Rule status_drift{
    .id = "status-drift",
    .state = State::mismatch,
    .cause = Cause::header_drift,
    .failure_mode = "",
    .anchor = "RFC 9110 15",
    .summary = "Edge and origin answer with different status codes.",
    .explanation =
        "The edge made the answer itself (another virtual host, a filter, a rewrite), or got it from somewhere "
        "else than the origin that was asked. It is no copy of the truth, old or new.",
    .remedy = "Compare the configuration of {edge} for this host and path with an edge that is fine.",
    .judge = judge};

}  // namespace cachewitness::verdict::rule
