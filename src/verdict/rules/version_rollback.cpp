#include "verdict/rules/catalogue.h"

#include <fmt/format.h>

#include "base/text.h"

namespace cachewitness::verdict::rule {

namespace {

Ruling judge(const CellView& view) {
  const Look* odd = view.first(Version::other);
  if (odd == nullptr || !view.is_other_copy(*odd) || view.baseline == nullptr) {
    return does_not_apply();
  }
  const auto& now = odd->seen->modified_at;
  const auto& before = view.baseline->modified_at;
  if (!now || !before) {
    return cannot_tell("It is neither the old nor the new version, and no Last-Modified puts it in order.");
  }
  if (*now >= *before) {
    return passes("By Last-Modified, it is not older than what this edge served before the deploy.");
  }
  // Last-Modified is the weaker of the two witnesses here: it is what puts the versions in order.
  return fires(view, *odd->seen, confidence_of(Witness::last_modified),
               fmt::format("It is older than what this edge served before the deploy: Last-Modified {}, then {}.",
                           base::rfc3339(*now), base::rfc3339(*before)));
}

}  // namespace

constinit const Rule version_rollback{
    .id = "version-rollback",
    .state = State::stale,
    .cause = Cause::version_rollback,
    .occasion = Occasion::other_answer,
    .failure_mode = "F21",
    .anchor = "RFC 9110 8.8.2",
    .summary = "The edge went back to a version from before the last one.",
    .explanation =
        "What the edge serves is neither the new version nor the one before it, and its Last-Modified is earlier than "
        "both: a cache tier or an origin replica from an earlier deploy has come to light again. Such a copy has "
        "outlived more than one purge.",
    .remedy =
        "Purge {url} in every tier behind {edge}, and look for an origin replica or a backup that an earlier deploy "
        "left behind.",
    .judge = judge};

}  // namespace cachewitness::verdict::rule
