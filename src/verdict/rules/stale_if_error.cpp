#include "verdict/rules/catalogue.h"

#include <algorithm>
#include <string>
#include <string_view>

#include <fmt/format.h>

namespace cachewitness::verdict::rule {

namespace {

// The origin failed when this edge asked it: Squid's and Akamai's word, and RFC 9211 2.3.
bool says_origin_failed(const CellView& view, const Sighting& seen) {
  const std::string words = view.notebook->words_of(seen);
  return words.find("TCP_REFRESH_FAIL") != std::string::npos || words.find("fwd-status=5") != std::string::npos;
}

bool is_failing(const Sighting& replica) { return !replica.is_answer() || replica.status >= 500; }

Ruling judge(const CellView& view) {
  const Look* old = view.first_other_copy();
  if (old == nullptr || !old->seen->says_stale()) {
    return does_not_apply();
  }
  if (says_origin_failed(view, *old->seen)) {
    return fires(view, *old->seen, 0.95, "The edge says that it asked the origin, which failed, and served the old.");
  }
  const auto failing =
      std::ranges::find_if(view.truth().silent, [](const Sighting* replica) { return is_failing(*replica); });
  if (failing != view.truth().silent.end()) {
    return fires(
        view, *old->seen, 0.8,
        fmt::format("The edge says that it served a stale object, and an origin replica failed: e{}.", (*failing)->id));
  }
  if (view.truth().example() == nullptr) {
    return cannot_tell("The edge says that it served a stale object, but no origin was asked whether it works.");
  }
  return passes("The edge served a stale object, but every origin replica answered.");
}

}  // namespace

constinit const Rule stale_if_error{
    .id = "stale-if-error",
    .state = State::stale,
    .cause = Cause::stale_if_error,
    .occasion = Occasion::other_answer,
    .failure_mode = "F8",
    .anchor = "RFC 5861 4",
    .summary = "The origin failed, and the edge served the old version instead of an error.",
    .explanation =
        "stale-if-error lets a cache answer from an expired or softly purged object while the origin fails "
        "(RFC 5861 4), and several caches do so without being told. Some then count the object as fresh again. "
        "The cause is the origin, or the edge's way to it: another purge does not mend it.",
    .remedy = "Mend the origin as {edge} reaches it, then purge {url} again.",
    .judge = judge};

}  // namespace cachewitness::verdict::rule
