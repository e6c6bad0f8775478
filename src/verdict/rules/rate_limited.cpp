#include "verdict/rules/catalogue.h"

#include <algorithm>

namespace cachewitness::verdict::rule {

namespace {

bool is_refusal(const Look& look) { return look.seen->status == 429 && look.is_own_error(); }

Ruling judge(const CellView& view) {
  if (view.looks.empty() || std::ranges::none_of(view.looks, is_refusal)) {
    return does_not_apply();
  }
  if (!std::ranges::all_of(view.looks, is_refusal)) {
    return passes("Some requests were limited, but others were answered.");
  }
  return fires(view, *view.looks.front().seen, 0.99, "The edge answered 429 Too Many Requests to every request.");
}

}  // namespace

constinit const Rule rate_limited{
    .id = "rate-limited",
    .state = State::error,
    .cause = Cause::rate_limited,
    .occasion = Occasion::other_answer,
    .failure_mode = "",
    .anchor = "RFC 6585 4",
    .summary = "The edge limits our requests.",
    .explanation =
        "A 429 (Too Many Requests) is the edge's own answer to the prober. It says nothing about what the "
        "edge holds for users.",
    .remedy = "Lower limits.per_edge_rps for {edge}, or exempt the prober's address from rate limiting.",
    .judge = judge};

}  // namespace cachewitness::verdict::rule
