#include "verdict/rules/catalogue.h"

namespace cachewitness::verdict::rule {

namespace {

Ruling judge(const CellView& view) {
  const Look* old = view.first(Version::other);
  if (old == nullptr || old->version.by != Witness::digest || view.truth().example() == nullptr) {
    return does_not_apply();
  }
  const Sighting& seen = *old->seen;
  if (seen.etag.is_none()) {
    return does_not_apply();
  }
  for (const Sighting* replica : view.truth().current) {
    if (replica->etag != seen.etag || replica->status != seen.status) {
      continue;
    }
    // RFC 9110 8.8.1: a weak validator may stay the same over changes that do not matter.
    const bool is_weak = seen.etag.view().starts_with("W/");
    Ruling ruling = fires(view, seen, is_weak ? 0.7 : 0.95,
                          "Edge and origin send the same ETag for different bytes, so no cache can notice the change.");
    ruling.header = "etag";
    return ruling;
  }
  return passes("Different bytes come with different ETags.");
}

}  // namespace

constinit const Rule etag_reuse{
    .id = "etag-reuse",
    .state = State::mismatch,
    .cause = Cause::etag_reuse,
    .occasion = Occasion::other_answer,
    .failure_mode = "F21",
    .anchor = "RFC 9110 8.8.1",
    .summary = "The same ETag stands for different content.",
    .explanation =
        "A strong ETag must change whenever the bytes do (RFC 9110 8.8.1). Where it does not, revalidation "
        "confirms old content for ever. Parts that differ in every answer (a nonce, a time) look the same; policy.mask "
        "leaves those out.",
    .remedy =
        "Derive the origin's ETag from the content of {url}; leave parts that change per request out of cached "
        "answers.",
    .judge = judge};

}  // namespace cachewitness::verdict::rule
