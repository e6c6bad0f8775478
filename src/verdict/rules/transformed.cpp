#include <algorithm>
#include <array>
#include <string_view>

#include <fmt/format.h>

#include "base/text.h"
#include "verdict/rules/catalogue.h"

namespace cachewitness::verdict::rule {

namespace {

// Codings that the prober decodes: a body under any other name is not broken because we cannot read it.
bool is_known_coding(std::string_view coding) {
  constexpr std::array<std::string_view, 6> known{"gzip", "x-gzip", "br", "zstd", "deflate", ""};
  return std::ranges::any_of(known, [coding](std::string_view one) { return base::equals_ignoring_case(one, coding); });
}

// The origin's own tag on nothing at all.
bool is_emptied(const CellView& view, const Look& look) {
  const auto is_of = [&](const Sighting* replica) {
    return replica->status == look.seen->status && replica->etag_core == look.seen->etag_core && !replica->is_empty;
  };
  return look.seen->is_empty && !look.is_current() && !look.seen->etag_core.is_none() &&
         std::ranges::any_of(view.truth().current, is_of);
}

Ruling judge(const CellView& view) {
  const auto empty = std::ranges::find_if(view.looks, [&](const Look& look) { return is_emptied(view, look); });
  if (empty != view.looks.end()) {
    return fires(view, *empty->seen, 0.95, "The edge sent an empty body under the ETag of the origin's, which is not.");
  }
  const auto broken = std::ranges::find_if(view.looks, [&](const Look& look) {
    // Old content is the stale rules' affair, damaged or not.
    return look.seen->is_broken && !look.is_not_current() &&
           is_known_coding(base::trim(look.seen->content_encoding.view()));
  });
  if (broken == view.looks.end()) {
    return does_not_apply();
  }
  const auto is_broken = [](const Sighting* replica) { return replica->is_broken; };
  if (std::ranges::any_of(view.truth().current, is_broken)) {
    return passes("The origin's body does not decode either.");
  }
  const std::string coding = base::printable(broken->seen->content_encoding.view());
  return fires(view, *broken->seen, 0.95,
               fmt::format("The body that the edge sent does not decode as {}, while the origin's does.",
                           coding.empty() ? "what it should be" : coding));
}

}  // namespace

constinit const Rule transformed{
    .id = "transformed",
    .state = State::mismatch,
    .cause = Cause::transformed,
    .failure_mode = "F25",
    .anchor = "RFC 9110 8.4.1, 7.7",
    .summary = "The edge damaged the body: its content coding does not decode, or nothing of it is left.",
    .explanation =
        "A body is cut short or corrupted inside its content coding although the HTTP message is whole: its "
        "Content-Length fits, so a cache stores it and clients show an error or half a page. An ETag may "
        "still look right; it says nothing about these bytes.",
    .remedy = "Purge {url} at {edge}, and look for a compression or transformation step there that fails.",
    .judge = judge};

}  // namespace cachewitness::verdict::rule
