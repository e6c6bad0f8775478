#include "verdict/rules/catalogue.h"

#include <algorithm>

#include <fmt/format.h>

namespace cachewitness::verdict::rule {

namespace {

bool is_compared(const CellView& view, std::string_view name) {
  return std::ranges::find(view.notebook->compared(), name) != view.notebook->compared().end();
}

// Another content coding is another representation with a tag of its own (RFC 9110 8.8.3.3), and a cache
// that unpacked what it got must weaken the tag (docs/interop.md, surprise 13). Neither can be held against the edge.
bool is_recoded(const CellView& view, const Sighting& seen) {
  return std::ranges::all_of(view.truth().current, [&](const Sighting* replica) {
    const bool is_weakened = seen.etag.view().starts_with("W/") && !replica->etag.view().starts_with("W/");
    return replica->content_encoding != seen.content_encoding || is_weakened;
  });
}

// W/ and the suffix of a content coding do not count: what a compressing cache does to a tag is no fault.
bool has_foreign_etag(const CellView& view, const Sighting& seen) {
  if (std::ranges::any_of(view.truth().current, [&](const Sighting* replica) { return replica->etag == seen.etag; })) {
    return false;
  }
  if (is_recoded(view, seen)) {
    return false;
  }
  const bool is_absent_at_origin =
      std::ranges::all_of(view.truth().current, [](const Sighting* replica) { return replica->etag.is_none(); });
  if (seen.etag.is_none()) {
    return true;
  }
  return is_absent_at_origin || std::ranges::find(view.truth_cores, seen.etag_core) == view.truth_cores.end();
}

bool has_foreign_date(const CellView& view, const Sighting& seen) {
  return std::ranges::none_of(view.truth().current,
                              [&](const Sighting* replica) { return replica->modified_at == seen.modified_at; });
}

Ruling report(const CellView& view, const Sighting& seen, std::string_view header, Text Sighting::* field) {
  const auto shown = [&](const Sighting& s) {
    return (s.*field).is_none() ? std::string("(absent)") : std::string((s.*field).view());
  };
  Ruling ruling =
      fires(view, seen, 0.95,
            fmt::format("The bytes are the origin's, but the edge's {} belongs to no answer of the origin's.",
                        header == "etag" ? "ETag" : "Last-Modified"));
  ruling.header = header;
  ruling.expected = shown(*view.truth().example());
  ruling.observed = shown(seen);
  return ruling;
}

Ruling judge(const CellView& view) {
  if (!view.is_current() || view.truth().example() == nullptr) {
    return does_not_apply();
  }
  for (const Look& look : view.looks) {
    if (look.version.by != Witness::digest) {
      return does_not_apply();
    }
    if (is_compared(view, "etag") && has_foreign_etag(view, *look.seen)) {
      return report(view, *look.seen, "etag", &Sighting::etag);
    }
    if (is_compared(view, "last-modified") && has_foreign_date(view, *look.seen)) {
      return report(view, *look.seen, "last-modified", &Sighting::last_modified);
    }
  }
  return passes("The validators are the origin's, give or take what a content coding does to an ETag.");
}

}  // namespace

constinit const Rule validator_drift{
    .id = "validator-drift",
    .state = State::mismatch,
    .cause = Cause::validator_drift,
    .failure_mode = "F14",
    .anchor = "RFC 9110 8.8.3",
    .summary = "The bytes are right, but ETag or Last-Modified is not the origin's.",
    .explanation =
        "The same bytes under another validator make browsers and other caches download again, and make "
        "revalidation fail. Often replicas compute ETags differently, or the object survived a deploy that "
        "did not change it.",
    .remedy =
        "Make every replica compute the same ETag for {url}; purge it at {edge} if the object is from before the "
        "deploy.",
    .judge = judge};

}  // namespace cachewitness::verdict::rule
