#include "verdict/rules/catalogue.h"

#include <algorithm>
#include <cstdint>
#include <map>

#include <fmt/format.h>

#include "base/text.h"

namespace cachewitness::verdict::rule {

namespace {

struct Alternation {
  std::size_t changes = 0;
  bool is_split_by_connection = true;
  const Look* old = nullptr;
  bool has_new = false;
};

// Oldest first. What the edge itself calls stale is the one server's own matter.
Alternation alternation_of(const CellView& view) {
  Alternation found;
  std::map<std::uint64_t, bool> is_new_by_connection;
  const Look* before = nullptr;
  for (const Look& look : view.looks) {
    const bool is_new = look.is_current();
    if (!is_new && (!view.is_other_copy(look) || look.seen->says_stale())) {
      continue;
    }
    found.has_new = found.has_new || is_new;
    found.old = found.old == nullptr && !is_new ? &look : found.old;
    found.changes += before != nullptr && before->is_current() != is_new ? 1 : 0;
    const auto [known, is_first] = is_new_by_connection.try_emplace(look.seen->connection, is_new);
    found.is_split_by_connection = found.is_split_by_connection && (is_first || known->second == is_new);
    before = &look;
  }
  return found;
}

// One server can heal and fall back: old, new, old. Where several are known to be there, that is enough to
// suspect two of them; where not, it takes one change more.
std::size_t changes_needed(const CellView& view) { return view.servers > 1 ? 2 : 3; }

// By their names, over all that was asked at this edge.
Ruling judge_split(const CellView& view, const ServerSplit& split) {
  return fires(
      view, *split.old, 0.9,
      fmt::format("Server {} gave {} old answers at this edge and no new one, while the others gave {} new ones "
                  "and no old one: the purge reached those alone.",
                  base::printable(view.notebook->node_of(*split.old)), split.old_answers, split.current_elsewhere));
}

Ruling judge(const CellView& view) {
  if (view.split) {
    return judge_split(view, *view.split);
  }
  const Alternation found = alternation_of(view);
  if (found.old == nullptr || !found.has_new) {
    return does_not_apply();
  }
  if (!found.is_split_by_connection) {
    return passes("One connection gave both versions, and a connection stays with one server.");
  }
  if (found.changes < changes_needed(view)) {
    return cannot_tell("Old and new took turns too few times to tell several servers from one that changed.");
  }
  return fires(view, *found.old->seen, view.servers > 1 ? 0.95 : 0.8,
               fmt::format("Old and new came in turn, {} changes in {} answers, each connection with one version: "
                           "servers behind the address differ.",
                           found.changes, view.looks.size()));
}

}  // namespace

constinit const Rule mixed_servers{
    .id = "mixed-servers",
    .state = State::stale,
    .cause = Cause::mixed_servers,
    .occasion = Occasion::other_answer,
    .failure_mode = "F15",
    .anchor = "RFC 9110 3.7",
    .summary = "Servers behind one address hold different versions.",
    .explanation =
        "A balancer spreads connections over servers, each with a store of its own, and the purge reached only some "
        "of them. One change from old to new could be a moment in time; a version that comes and goes while no "
        "connection changes its mind is hardly one. Confidence is higher where the manifest says that servers hide "
        "there. Where servers name themselves, all that was asked at the edge counts together: one of them that gives "
        "old answers alone, to several tenants or assets, while the others give new ones alone.",
    .remedy = "Purge {url} at every server behind {edge}, and let the purge be acknowledged by each of them.",
    .judge = judge};

}  // namespace cachewitness::verdict::rule
