#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "plan/sampling.h"
#include "verdict/rules/catalogue.h"

namespace cachewitness::verdict::rule {

namespace {

// Connections are samples, requests are not: a connection stays with one server.
std::size_t connections_of(const CellView& view) {
  std::vector<std::uint64_t> connections;
  for (const Look& look : view.looks) {
    connections.push_back(look.seen->connection);
  }
  std::ranges::sort(connections);
  const auto repeated = std::ranges::unique(connections);
  return connections.size() - repeated.size();
}

Ruling judge(const CellView& view) {
  if (view.servers <= 1 || !view.is_current()) {
    return does_not_apply();
  }
  // The least that any plan takes: with further such edges it takes more (Sidak).
  const std::size_t needed = plan::samples_needed(view.servers, view.header->policy.confidence, 1);
  const std::size_t taken = connections_of(view);
  if (taken >= needed) {
    return passes("The address was asked over as many connections as its servers need.");
  }
  return fires(view, *view.looks.back().seen, 1.0,
               fmt::format("Every answer is new, but {} connection(s) out of {} needed were answered: one stale server "
                           "of {} could have been missed.",
                           taken, needed, view.servers));
}

}  // namespace

constinit const Rule too_few_samples{
    .id = "too-few-samples",
    .state = State::inconclusive,
    .cause = Cause::too_few_samples,
    .failure_mode = "INC",
    .anchor = "RFC 9110 3.7",
    .summary = "Several servers share the address, and too few of them can have been met.",
    .explanation =
        "An address may hide several servers, each with a store of its own, and a connection meets one of them by "
        "chance. A pass needs as many connections as give policy.confidence of meeting a stale one; a stale answer "
        "needs only one.",
    .remedy = "Verify {url} at {edge} again, and look at why some of its requests were not answered.",
    .judge = judge};

}  // namespace cachewitness::verdict::rule
