// Entity tags (RFC 9110 8.8.3): comparison as the RFC has it, and the core of a tag, which survives what
// compressing caches do to it (measured on nginx, Varnish and Apache).
#pragma once

#include <optional>
#include <string_view>

namespace cachewitness::http {

struct EntityTag {
  bool is_weak = false;
  std::string_view opaque;  // without the quotes
};

// Tolerant of a missing pair of quotes, which many origins send; nothing where the value is empty.
[[nodiscard]] std::optional<EntityTag> parse_entity_tag(std::string_view value);

// RFC 9110 8.8.3.2.
[[nodiscard]] bool strongly_equal(const EntityTag& a, const EntityTag& b);
[[nodiscard]] bool weakly_equal(const EntityTag& a, const EntityTag& b);

// The opaque part without the suffix that a content coding left on it: Varnish writes W/"x-gz", Apache
// "x-gzip" and "x;gzip", others "x-br", "x--gzip", "x-zstd". Equal cores are a hint that the decoded
// representation is the same one, not a proof. Empty where there is no tag.
[[nodiscard]] std::string_view core(std::string_view value);

}  // namespace cachewitness::http
