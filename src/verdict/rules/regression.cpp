#include "verdict/rules/catalogue.h"

#include <algorithm>

#include <fmt/format.h>

namespace cachewitness::verdict::rule {

namespace {

Ruling judge(const CellView& view) {
  const auto current = std::ranges::find_if(view.looks, &Look::is_current);
  if (current == view.looks.end() || view.looks.size() < 2) {
    return does_not_apply();
  }
  const auto old = std::find_if(current, view.looks.end(), [&](const Look& look) { return view.is_other_copy(look); });
  if (old == view.looks.end()) {
    return passes("Once new, the cell stayed new.");
  }
  return fires(view, *old->seen, 0.95,
               fmt::format("The edge served the new version, and {} later another one again.",
                           base::human(old->seen->sent_at - current->seen->sent_at)));
}

}  // namespace

constinit const Rule regression{
    .id = "regression",
    .state = State::stale,
    .cause = Cause::regression,
    .occasion = Occasion::other_answer,
    .failure_mode = "F16",
    .anchor = "RFC 9111 4.2.4",
    .summary = "The edge went back from the new version to another.",
    .explanation =
        "Users see the new version, reload, and see the old one. Servers behind one address may differ, or the "
        "edge rebuilt its Vary index from entries that a purge had left (measured on Squid and nginx).",
    .remedy = "Purge {url} with every variant at each server behind {edge}, and verify again.",
    .judge = judge};

}  // namespace cachewitness::verdict::rule
