#include "verdict/rules/catalogue.h"

#include <algorithm>

#include <fmt/format.h>

namespace cachewitness::verdict::rule {

namespace {

bool is_failing(const Look& look) { return look.seen->status >= 500; }

Ruling judge(const CellView& view) {
  const auto failing = std::ranges::find_if(view.looks, is_failing);
  if (failing == view.looks.end()) {
    return does_not_apply();
  }
  if (!failing->is_own_error()) {
    return passes("The server error came out of the edge's store.");
  }
  return fires(view, *failing->seen, 0.95,
               fmt::format("The edge answered {} while the origin answered us directly.", failing->seen->status));
}

}  // namespace

constinit const Rule status_5xx{
    .id = "status-5xx",
    .state = State::error,
    .cause = Cause::status_5xx,
    .occasion = Occasion::other_answer,
    .failure_mode = "",
    .anchor = "RFC 9110 15.6",
    .summary = "The edge answers with a server error that its cache does not explain.",
    .explanation =
        "The origin is fine when it is asked directly, yet through this edge users get a server error. The "
        "edge cannot reach its origin, or fails on its own. Its store may hold anything.",
    .remedy = "Check the path from {edge} to its origin or shield, then verify again.",
    .judge = judge};

}  // namespace cachewitness::verdict::rule
