#include "verdict/rules/catalogue.h"

#include <fmt/format.h>

#include "base/text.h"

namespace cachewitness::verdict::rule {

namespace {

Ruling judge(const CellView& view) {
  if (view.looks.empty()) {
    return does_not_apply();
  }
  if (view.truth().source != Truth::Source::none) {
    return passes("There is a truth to compare with.");
  }
  const Sighting& seen = *view.looks.front().seen;
  if (view.truth().silent.empty()) {
    return fires(view, seen, 1.0, "No origin replica was asked for this asset, and no expectation was given.");
  }
  // How the origin failed is a reason; nobody expects it of the edge.
  const std::size_t replicas = view.truth().silent.size();
  return fires(
      view, seen, 1.0,
      fmt::format("{} an answer to compare with: {}.",
                  replicas == 1 ? "The origin did not give" : fmt::format("None of {} origin replicas gave", replicas),
                  base::printable(view.describe(*view.truth().silent.front()))));
}

}  // namespace

constinit const Rule origin_unreachable{
    .id = "origin-unreachable",
    .state = State::inconclusive,
    .cause = Cause::origin_unreachable,
    .occasion = Occasion::other_answer,
    .failure_mode = "",
    .anchor = "RFC 9110 3.6",
    .summary = "Without the origin's answer nobody knows which version is right.",
    .explanation =
        "Every replica failed, answered with a server error or refused us. A cell is held against the origin, "
        "so it is neither fresh nor stale; the edge is not to blame.",
    .remedy = "Bring the origin back, or give expected digests (origin.expect), and verify again.",
    .judge = judge};

}  // namespace cachewitness::verdict::rule
