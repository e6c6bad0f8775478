#include "verdict/rules/catalogue.h"

namespace cachewitness::verdict::rule {

namespace {

Ruling judge(const CellView& view) {
  const Look* odd = view.first_not_current();
  if (odd == nullptr) {
    return does_not_apply();
  }
  if (odd->version.is(Version::previous)) {
    return fires(view, *odd->seen, confidence_of(odd->version.by),
                 view.purge().is_known
                     ? "The edge serves the old version, generated after the origin was ready: a tier "
                       "between them still held it."
                     : "The edge serves the old version; without the purge's time the cause is open.");
  }
  const bool has_baseline = view.baseline != nullptr;
  return fires(view, *odd->seen, odd->version.by == Witness::digest ? 0.85 : 0.7,
               has_baseline ? "The content is neither the origin's nor what this edge served before the deploy."
                            : "The content is not the origin's, and there is no baseline to know the old version by.");
}

}  // namespace

constinit const Rule unknown_version{
    .id = "unknown-version",
    .state = State::stale,
    .cause = Cause::unknown_version,
    .occasion = Occasion::other_answer,
    .failure_mode = "",
    .anchor = "RFC 9111 4",
    .summary = "The edge serves content that is not the origin's, and how it came to is not known.",
    .explanation =
        "Users get something else than the origin serves. It is no object that the purge is known to have "
        "missed: perhaps a version from before the last one, content that varies by something that the "
        "manifest does not name, or an edge that rewrites bodies.",
    .remedy =
        "Compare the bodies of {url} from {edge} and from the origin; give --purged-at and --baseline to narrow it.",
    .judge = judge};

}  // namespace cachewitness::verdict::rule
