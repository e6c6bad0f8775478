#include "verdict/rules/catalogue.h"

namespace cachewitness::verdict::rule {

namespace {

Ruling judge(const CellView& view) {
  const Look* old = view.first(Version::previous);
  if (old == nullptr || old->seen->mark != http::CacheMark::revalidated) {
    return does_not_apply();
  }
  if (!view.purge().is_known) {
    return cannot_tell("The edge says that it revalidated, but when the purge was is not known.");
  }
  // nginx sends no Age; its word is of this very answer, unless it stored another cache's along with the object.
  if (!old->dating.generation) {
    return old->seen->sent_at < view.purge().acknowledged_at
               ? cannot_tell("The edge says that it revalidated, and no Age says whether that was after the purge.")
               : fires(view, *old->seen, 0.8,
                       "The edge says that it asked the origin for this very request and was told that the old object "
                       "is still good; a plain request to the origin gives another version.");
  }
  if (!is_after_purge(*old->dating.generation, view.purge())) {
    return passes("The object was last validated before the purge.");
  }
  return fires(view, *old->seen, 0.9,
               "The edge says that the origin confirmed the old object (304) after the purge; a plain request to the "
               "origin gives another version.");
}

}  // namespace

constinit const Rule false_revalidation{
    .id = "false-revalidation",
    .state = State::stale,
    .cause = Cause::false_revalidation,
    .occasion = Occasion::other_answer,
    .failure_mode = "F6",
    .anchor = "RFC 9111 4.3.4",
    .summary = "The origin told the edge that the old version is still good.",
    .explanation =
        "The edge asked with the old validator and was told 304 Not Modified, although the content has changed: "
        "an ETag that was reused, or a Last-Modified within the same second (RFC 9110 8.8.2.2).",
    .remedy = "Make the origin's validators change with the content, then purge {url} at {edge} hard.",
    .judge = judge};

}  // namespace cachewitness::verdict::rule
