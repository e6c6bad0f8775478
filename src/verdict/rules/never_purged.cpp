#include "verdict/rules/catalogue.h"

#include <fmt/format.h>

#include "verdict/refill.h"

namespace cachewitness::verdict::rule {

namespace {

// Neither the truth nor what was seen before, but older than the purge: some earlier version.
Ruling judge_other(const CellView& view, const Look& old) {
  if (!view.purge().is_known || !old.dating.generation) {
    return cannot_tell("It is another version, and nothing says how old it is.");
  }
  if (!is_before_purge(*old.dating.generation, *old.seen, view.purge())) {
    return passes("The object is not older than the purge.");
  }
  // Below the 0.99 of a version that was seen before: other content could also be content that varies.
  constexpr double confidence = 0.9;
  return fires(view, *old.seen, confidence,
               fmt::format("The object is not the origin's and was generated before the purge, which was requested at "
                           "{}: Age {} s.",
                           base::rfc3339(view.purge().requested_at), old.seen->age_s));
}

Ruling judge_without_purge_time(const CellView& view, const Look& old) {
  const bool is_dated = old.dating.generation && old.dating.generation->until <= view.baseline->received_at;
  if (!is_dated) {
    return cannot_tell("Nobody said when the purge was, and nothing shows that the object was never replaced.");
  }
  return fires(
      view, *old.seen, 0.9,
      fmt::format("It is the object that was seen before the deploy, not replaced since (Age {} s).", old.seen->age_s));
}

Ruling judge(const CellView& view) {
  const Look* old = view.first(Version::previous);
  if (old == nullptr) {
    const Look* other = view.first(Version::other);
    return other == nullptr ? does_not_apply() : judge_other(view, *other);
  }
  if (!view.purge().is_known) {
    return judge_without_purge_time(view, *old);
  }
  const Siding siding = side_of_purge(view, *old);
  if (siding.side != Side::kept) {
    return passes(std::string(siding.because));
  }
  // An Age that can be trusted is not worth a sentence.
  const std::string doubt = old->dating.trust == AgeTrust::trusted
                                ? std::string()
                                : fmt::format(" The edge {}.", describe(old->dating.trust));
  return fires(view, *old->seen, siding.confidence,
               fmt::format("The edge still serves what it served before the deploy, told by {}.{} {}",
                           describe(old->version.by), doubt, siding.because));
}

}  // namespace

constinit const Rule never_purged{
    .id = "never-purged",
    .state = State::stale,
    .cause = Cause::never_purged,
    .occasion = Occasion::other_answer,
    .failure_mode = "F1",
    .anchor = "RFC 9111 4.2.3, 4.4",
    .summary = "The purge never removed this object from this edge.",
    .explanation =
        "The edge serves an object that it had before the purge: the old version, generated earlier than the "
        "purge was requested. The time is reckoned with the prober's own clock, (sent - Age - 1 s, received - "
        "Age], never as Date - Age, which is wrong for caches that keep the origin's Date. An edge that sends "
        "no Age is judged by the bytes it served before the deploy, at a lower confidence.",
    .remedy =
        "Purge {url} at {edge} again, and find out why the purge did not reach it: the purge journal, the edge's "
        "address in the purge configuration, its log.",
    .judge = judge};

}  // namespace cachewitness::verdict::rule
