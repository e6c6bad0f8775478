#include "verdict/rules/catalogue.h"

#include <fmt/format.h>

#include "verdict/refill.h"

namespace cachewitness::verdict::rule {

namespace {

Ruling judge(const CellView& view) {
  const Look* old = view.first(Version::previous);
  if (old == nullptr || !view.purge().is_known) {
    return does_not_apply();
  }
  const Siding siding = side_of_purge(view, *old);
  if (siding.side == Side::unknown) {
    return cannot_tell(std::string(siding.because));
  }
  if (siding.side == Side::kept) {
    return passes(std::string(siding.because));
  }
  return fires(
      view, *old->seen, siding.confidence,
      fmt::format("The purge worked, and the edge was then refilled with the old content. {}", siding.because));
}

}  // namespace

constinit const Rule purged_before_origin_ready{
    .id = "purged-before-origin-ready",
    .state = State::stale,
    .cause = Cause::purged_before_origin_ready,
    .occasion = Occasion::other_answer,
    .failure_mode = "F4",
    .anchor = "RFC 9111 4.2.3",
    .summary = "The purge came before the origin had the new version; the edge was refilled with the old one.",
    .explanation =
        "Between the purge and the end of the deploy somebody asked for the asset, and the edge fetched the old "
        "version again: its Age shows an object that is younger than the purge. Every origin replica is new "
        "by now, so one more purge mends it.",
    .remedy = "Purge {url} at {edge} again now, and in the pipeline purge only after every origin replica is new.",
    .judge = judge};

}  // namespace cachewitness::verdict::rule
