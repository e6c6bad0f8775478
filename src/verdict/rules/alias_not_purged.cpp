#include "verdict/rules/catalogue.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "verdict/refill.h"

namespace cachewitness::verdict::rule {

namespace {

// That two targets are one resource is read off the origin, which could change its mind tomorrow.
constexpr double confidence = 0.85;

Ruling judge(const CellView& view) {
  const Look* old = view.first(Version::previous);
  if (old == nullptr || !view.purge().is_known || view.aliases_current.empty()) {
    return does_not_apply();
  }
  const Siding siding = side_of_purge(view, *old);
  if (siding.side != Side::kept) {
    return passes(std::string(siding.because));
  }
  if (view.servers > 1) {
    return cannot_tell("Several servers share the address: the two targets may have met different ones.");
  }
  const AliasSeen& alias = view.aliases_current.front();
  return fires(view, *old->seen, std::min(confidence, siding.confidence),
               fmt::format("The same edge serves {} new (e{}), and the origin gives the same for both: the purge was "
                           "for that URL, and this one has an object of its own.",
                           base::printable(alias.spelling), alias.evidence));
}

}  // namespace

constinit const Rule alias_not_purged{
    .id = "alias-not-purged",
    .state = State::stale,
    .cause = Cause::alias_not_purged,
    .occasion = Occasion::other_answer,
    .failure_mode = "F11",
    .anchor = "RFC 9110 4.2.3",
    .summary = "The resource is new under another spelling of its URL, and old under this one.",
    .explanation =
        "To a cache that does not normalise, /a?x=1&y=2 and /a?y=2&x=1 are two objects, and so are /docs and /docs/, "
        "/A and /a, %7E and ~ (RFC 9110 4.2.3); so are http and https, and each host name that serves the same. A "
        "purge by URL names one of them. It shows where an edge keeps one from before the purge and serves another one "
        "new, while the origin gives the same for both. What is not asked for cannot be seen: both spellings have to "
        "be assets, and both hosts or schemes have to be those of two tenants, or of two variants where the "
        "environment's url has {variant}.",
    .remedy =
        "Purge {url} at {edge} as well: every spelling that is linked to, or by tag; better, let the edge normalise "
        "the cache key.",
    .judge = judge};

}  // namespace cachewitness::verdict::rule
