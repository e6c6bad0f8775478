#include "verdict/rules/catalogue.h"

#include <fmt/format.h>

#include "base/percent.h"
#include "base/text.h"
#include "verdict/refill.h"

namespace cachewitness::verdict::rule {

namespace {

// Beyond this share, a server that was not met before the deploy may well have been there.
constexpr double most_unseen = 0.2;
// Names of servers are used again, so it stays an inference.
constexpr double confidence = 0.75;

Ruling judge(const CellView& view) {
  const Look* old = view.first(Version::previous);
  if (old == nullptr || !view.purge().is_known || old->seen->node == 0) {
    return does_not_apply();
  }
  const NodesBefore& before = view.notebook->nodes_before(view.cell.edge);
  if (before.answers() == 0) {
    return cannot_tell("Nobody knows which servers answered here before the deploy.");
  }
  const std::string server = base::printable(view.notebook->node_of(*old->seen));
  if (before.has(old->seen->node)) {
    return passes(fmt::format("Server {} answered here before the deploy too.", server));
  }
  const Siding siding = side_of_purge(view, *old);
  if (siding.side != Side::kept) {
    return passes(std::string(siding.because));
  }
  const std::string met =
      fmt::format("{} server(s) were met here in {} answers before the deploy", before.servers(), before.answers());
  if (before.unseen_share() > most_unseen) {
    return cannot_tell(fmt::format("{}, too few to know whether server {} was there as well.", met, server));
  }
  return fires(view, *old->seen, confidence,
               fmt::format("Server {} still holds what was there before the purge, and is none of those that answered "
                           "before it: {}, and another one would hardly have stayed unseen (chance {}).",
                           server, met, base::percent(before.unseen_share())));
}

}  // namespace

constinit const Rule absent_during_purge{
    .id = "absent-during-purge",
    .state = State::stale,
    .cause = Cause::absent_during_purge,
    .occasion = Occasion::other_answer,
    .failure_mode = "F26",
    .anchor = "RFC 9111 4.4",
    .summary = "A server was away while the purge went round, and came back with what it had.",
    .explanation =
        "A machine that is being restarted, drained or cut off when a purge arrives hears nothing of it, and serves "
        "the old object from its disk once it is back. It shows where the old answer comes from a server that names "
        "itself, that was not among those met at this edge before the deploy, and whose object is older than the "
        "purge. Providers use names again, so this is likely rather than certain.",
    .remedy =
        "Purge {url} at {edge} once more now that the server is back, and let servers come back with an empty store, "
        "or replay the purges that they missed before they take traffic.",
    .judge = judge};

}  // namespace cachewitness::verdict::rule
