#include "verdict/rules/catalogue.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"

namespace cachewitness::verdict::rule {

namespace {

bool leads_elsewhere(const CellView& view, const Sighting& seen) {
  return std::ranges::none_of(view.truth().current, [&](const Sighting* replica) {
    return replica->is_redirect() && replica->location == seen.location;
  });
}

Ruling judge(const CellView& view) {
  const auto redirect = std::ranges::find_if(view.looks, [](const Look& look) { return look.seen->is_redirect(); });
  if (redirect == view.looks.end()) {
    return does_not_apply();
  }
  const Sighting& seen = *redirect->seen;
  if (!leads_elsewhere(view, seen)) {
    return passes("The origin redirects to the same place.");
  }
  const std::string target = base::printable(seen.location.view());
  const bool is_as_before =
      view.baseline != nullptr && view.baseline->status == seen.status && view.baseline->location == seen.location;
  if (!seen.is_from_store() && !is_as_before) {
    return cannot_tell(fmt::format("Nothing says whether the redirect to {} came from the edge's store.", target));
  }
  return fires(view, seen, seen.is_from_store() ? 0.97 : 0.85,
               fmt::format("The edge redirects to {} {}; the origin does not.", target,
                           seen.is_from_store() ? "out of its store" : "as it did before the deploy"));
}

}  // namespace

constinit const Rule redirect_cached{
    .id = "redirect-cached",
    .state = State::stale,
    .cause = Cause::redirect_cached,
    .occasion = Occasion::other_answer,
    .failure_mode = "F13",
    .anchor = "RFC 9110 15.4",
    .summary = "The edge has stored a redirect that the origin no longer gives.",
    .explanation =
        "301 and 308 may be stored without any directive (RFC 9110 15.4.2, 15.4.9). Clients that follow "
        "redirects hide it: they end up on a page that looks right.",
    .remedy = "Purge {url} itself at {edge}, not only the redirect's target.",
    .judge = judge};

}  // namespace cachewitness::verdict::rule
