#include "http/entity_tag.h"

#include <array>

#include "base/text.h"

namespace cachewitness::http {

namespace {

// Longest first, so that "--gzip" does not leave a dash behind.
constexpr std::array<std::string_view, 12> coding_suffixes{"--gzip", "-gzip", ";gzip", "-zstd", ";zstd", "-deflate",
                                                           "--br",   "-br",   ";br",   "-gz",   ";gz",   "-df"};

}  // namespace

std::optional<EntityTag> parse_entity_tag(std::string_view value) {
  value = base::trim(value);
  EntityTag tag;
  // RFC 9110 8.8.3: "W/" is case-sensitive; a lower-case one is seen in the wild and means the same.
  if (value.starts_with("W/") || value.starts_with("w/")) {
    tag.is_weak = true;
    value.remove_prefix(2);
  }
  if (value.size() >= 2 && value.starts_with('"') && value.ends_with('"')) {
    value = value.substr(1, value.size() - 2);
  }
  tag.opaque = value;
  return value.empty() ? std::nullopt : std::optional(tag);
}

bool strongly_equal(const EntityTag& a, const EntityTag& b) { return !a.is_weak && !b.is_weak && a.opaque == b.opaque; }

bool weakly_equal(const EntityTag& a, const EntityTag& b) { return a.opaque == b.opaque; }

std::string_view core(std::string_view value) {
  const auto tag = parse_entity_tag(value);
  if (!tag) {
    return {};
  }
  for (const std::string_view suffix : coding_suffixes) {
    // A tag that is nothing but a suffix is a tag.
    if (tag->opaque.size() > suffix.size() && tag->opaque.ends_with(suffix)) {
      return tag->opaque.substr(0, tag->opaque.size() - suffix.size());
    }
  }
  return tag->opaque;
}

}  // namespace cachewitness::http
