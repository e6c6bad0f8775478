#include "verdict/rules/catalogue.h"

#include <algorithm>

namespace cachewitness::verdict::rule {

namespace {

Ruling judge(const CellView& view) {
  const auto bare =
      std::ranges::find_if(view.looks, [](const Look& look) { return look.version.is(Version::undecidable); });
  if (bare == view.looks.end()) {
    return does_not_apply();
  }
  if (view.first_not_current() != nullptr) {
    return passes("Other answers of the cell can be compared.");
  }
  return fires(view, *bare->seen, 1.0,
               bare->seen->digest.is_none() && !view.truth().has_digest()
                   ? "Neither the bodies were hashed nor do edge and origin both send an ETag or Last-Modified."
                   : "Edge and origin have no digest, ETag or Last-Modified in common.");
}

}  // namespace

constinit const Rule no_validator{
    .id = "no-validator",
    .state = State::inconclusive,
    .cause = Cause::no_validator,
    .occasion = Occasion::other_answer,
    .failure_mode = "",
    .anchor = "RFC 9110 8.8",
    .summary = "There is nothing to tell versions apart by.",
    .explanation =
        "Versions are told apart by the decoded body, else by ETag, else by Last-Modified. A content coding "
        "that cannot be decoded leaves the body out. Here edge and truth have none of these in common.",
    .remedy = "Set policy.body: hash, or have the origin send an ETag for {url}.",
    .judge = judge};

}  // namespace cachewitness::verdict::rule
