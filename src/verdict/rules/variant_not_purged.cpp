#include "verdict/rules/catalogue.h"

#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "base/text.h"
#include "verdict/refill.h"

namespace cachewitness::verdict::rule {

namespace {

Ruling judge(const CellView& view) {
  const Look* old = view.first_other_copy();
  if (old == nullptr || view.other_variants_current.empty()) {
    return does_not_apply();
  }
  const auto sibling = std::ranges::find_if(
      view.other_variants_current, [&](const Sighting* other) { return view.are_variants(*old->seen, *other); });
  if (sibling == view.other_variants_current.end()) {
    return passes("Other variants are new, but neither Vary nor a content coding keeps them apart.");
  }
  if (view.purge().is_known) {
    const Siding siding = side_of_purge(view, *old);
    if (siding.side != Side::kept) {
      return passes(std::string(siding.because));
    }
  }
  const bool is_dated = view.purge().is_known && old->dating.generation.has_value();
  // A sibling that is new shows that a purge reached this edge at all; without Age a refill with old
  // content stays possible.
  return fires(view, *old->seen, is_dated ? 0.95 : 0.85,
               fmt::format("Variant {} is still another version, while the same asset is new at this edge for another "
                           "variant (Vary: {}).",
                           base::printable(view.variant),
                           old->seen->vary.is_none() ? "none" : base::printable(old->seen->vary.view())));
}

}  // namespace

constinit const Rule variant_not_purged{
    .id = "variant-not-purged",
    .state = State::stale,
    .cause = Cause::variant_not_purged,
    .occasion = Occasion::other_answer,
    .failure_mode = "F9",
    .anchor = "RFC 9111 4.1",
    .summary = "The purge removed one variant of the asset and left this one.",
    .explanation =
        "A cache stores an object for each combination of the headers that Vary names (RFC 9111 4.1), above "
        "all Accept-Encoding. Some purges remove only the variant that the purging request selects.",
    .remedy = "Purge {url} at {edge} for variant {variant} as well: send the purge with its headers, or purge by tag.",
    .judge = judge};

}  // namespace cachewitness::verdict::rule
