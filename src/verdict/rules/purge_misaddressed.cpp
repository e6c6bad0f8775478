#include "verdict/rules/catalogue.h"

#include <fmt/format.h>

#include "verdict/refill.h"

namespace cachewitness::verdict::rule {

namespace {

// Two edges that a purge missed are a coincidence that happens; from three on, what they share is the purge.
constexpr std::uint32_t fewest_edges = 3;

// The wider it goes, the nearer the reason lies to the whole purge.
std::string what_else(const Unreached& unreached) {
  switch (unreached.scope) {
    case Unreached::Scope::none:
      return "it was for something else than what is asked for here.";
    case Unreached::Scope::tenant:
      return fmt::format(
          "nor does any other cell of the tenant, {} in all, though other tenants are not all like that: its "
          "host, or its part of the path, is not what was purged.",
          unreached.cells);
    case Unreached::Scope::environment:
      return fmt::format(
          "nor does any other cell of the environment, {} in all: the purge went to another zone, service "
          "or environment, or was never carried out.",
          unreached.cells);
  }
  return {};
}

Ruling judge(const CellView& view) {
  const Look* old = view.first(Version::previous);
  if (old == nullptr || !view.purge().is_known || view.spread.answered == 0) {
    return does_not_apply();
  }
  const Spread& spread = view.spread;
  if (!spread.is_kept_everywhere()) {
    return passes(
        fmt::format("{} of {} edges show nothing of the purge: it reached others, or their copies are undated.",
                    spread.kept, spread.answered));
  }
  if (spread.answered < fewest_edges && view.unreached.scope == Unreached::Scope::none) {
    return cannot_tell(fmt::format("No edge shows anything of the purge, but only {} answered.", spread.answered));
  }
  return fires(view, *old->seen, 0.85,
               fmt::format("All {} edges that answered still serve what they served before, and none shows anything of "
                           "the purge: {}",
                           spread.answered, what_else(view.unreached)));
}

}  // namespace

constinit const Rule purge_misaddressed{
    .id = "purge-misaddressed",
    .state = State::stale,
    .cause = Cause::purge_misaddressed,
    .occasion = Occasion::other_answer,
    .failure_mode = "F2",
    .anchor = "RFC 9110 4.2.3",
    .summary = "The purge reached no edge: it named something else than what is served here, or was never sent.",
    .explanation =
        "Caches are told what to remove by a name: a zone, a service, a host, a scheme, a path with its query. A purge "
        "with a wrong one is acknowledged all the same and removes nothing. It shows where every edge (three or more) "
        "keeps an object of before the purge, or where every cell (three or more, at several edges) of the tenant or "
        "of the environment does; which of these it is tells what in the name is wrong. Confidence stays below that of "
        "a single edge's proof: that the object "
        "is old is certain, that the edges share one reason is inferred.",
    .remedy =
        "Hold the purge's zone, host, scheme, path and query against {url}, letter by letter, and purge again; a purge "
        "of another kind (by tag, of everything) tells a wrong name from a purge that was never carried out.",
    .judge = judge};

}  // namespace cachewitness::verdict::rule
