#include "verdict/rules/catalogue.h"

#include <fmt/format.h>

#include "base/text.h"
#include "verdict/refill.h"

namespace cachewitness::verdict::rule {

namespace {

// It may keep an object for each variant, and have kept this one.
constexpr double confidence_of_variant = 0.75;
// An edge that held something else before, and one that says where it has the object from.
constexpr double confidence_of_fetched = 0.85;
// Both edges could have changed their objects before the purge came.
constexpr double confidence_of_newcomers = 0.75;
// The edge may as well have kept an object that it had from there before.
constexpr double confidence_without_baseline = 0.7;

// By its own word the edge had nothing of its own left to serve.
Ruling judge_fetched(const CellView& view, const Look& old) {
  if (!view.purge().is_known) {
    return cannot_tell("The edge says that it fetched the object just now, but nobody said when the purge was.");
  }
  if (!old.dating.generation) {
    if (old.version.is(Version::previous) && is_origin_ready_first(view)) {
      return fires(view, *old.seen, 0.85,
                   "The edge fetched the object for this very request, when every origin replica had been new since "
                   "before the purge: a cache behind the edge had kept it.");
    }
    return cannot_tell("The edge says that it fetched the object just now, but no Age says how old it is.");
  }
  if (!is_before_purge(*old.dating.generation, *old.seen, view.purge())) {
    return passes("The object that the edge fetched is not older than the purge.");
  }
  return fires(view, *old.seen, 0.9,
               fmt::format("The edge fetched the object for this very request, yet its Age is {} s: a cache behind the "
                           "edge had kept it since before the purge.",
                           old.seen->age_s));
}

// The edge says nothing of a fetch, but does not stand alone with its object.
Ruling judge_shared(const CellView& view, const Look& old) {
  const Sighting* fetched = view.shared.fetched;
  const Sighting* source = fetched != nullptr ? fetched : view.shared.newcomer;
  if (source == nullptr) {
    return does_not_apply();
  }
  if (source->cell.edge == view.cell.edge) {
    return fires(
        view, *old.seen, confidence_of_variant,
        fmt::format("For another variant the edge fetched the very same object, of one age with this one, just "
                    "before (e{}): a cache behind the edge had kept it since before the purge.",
                    source->id));
  }
  const std::string other =
      fmt::format("Edge {} serves the very same object, of one age with this one, and {} (e{})",
                  base::printable(view.notebook->edge_name(source->cell.edge)),
                  fetched != nullptr ? "fetched it for our request" : "held another before the deploy", source->id);
  const Predecessor before = predecessor_of(view, old);
  if (before == Predecessor::same) {
    return passes(other + "; but this edge held it before the deploy already.");
  }
  if (before == Predecessor::another) {
    return fires(view, *old.seen, fetched != nullptr ? confidence_of_fetched : confidence_of_newcomers,
                 other +
                     ". Before the deploy this edge held another object: both have this one from a cache behind "
                     "them, which kept it since before the purge.");
  }
  if (fetched == nullptr || view.servers > 1) {
    return cannot_tell(other + "; but nothing shows what this edge, or this server of it, held before the deploy.");
  }
  return fires(view, *old.seen, confidence_without_baseline,
               other +
                   ": a cache behind them kept it since before the purge. Whether this edge had it from there "
                   "before the purge already is not known.");
}

Ruling judge(const CellView& view) {
  const Look* old = view.first_not_current();
  if (old == nullptr) {
    return does_not_apply();
  }
  return http::is_fetched(old->seen->mark) ? judge_fetched(view, *old) : judge_shared(view, *old);
}

}  // namespace

constinit const Rule shield_not_purged{
    .id = "shield-not-purged",
    .state = State::stale,
    .cause = Cause::shield_not_purged,
    .occasion = Occasion::other_answer,
    .failure_mode = "F3",
    .anchor = "RFC 9111 4.2.3",
    .summary = "The edge was purged, but the shield behind it was not.",
    .explanation =
        "Age sums every cache on the way (RFC 9111 4.2.3). An edge that misses and still answers with an old "
        "Age got the object from another cache: an origin shield or parent tier that kept it. An edge that has stored "
        "what it got answers like one that was never purged; then it shows across edges. Objects of one age and one "
        "version have one source, so an edge that held another object before the deploy has this one from where the "
        "others have it.",
    .remedy = "Purge the shield first, then {url} at {edge}.",
    .judge = judge};

}  // namespace cachewitness::verdict::rule
