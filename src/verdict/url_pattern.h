// URL patterns: a URL with what its cell says anyway (tenant, asset, edge, region) left out, so that a fleet's URLs
// are a handful of strings. Lossless: filled in for the same cell, a pattern gives the URL again.
#pragma once

#include <string>
#include <string_view>

namespace cachewitness::verdict {

// Names that a URL may hold. Empty where a name is not known.
struct UrlNames {
  std::string_view tenant;
  std::string_view asset;
  std::string_view edge;
  std::string_view region;
};

[[nodiscard]] std::string make_url_pattern(std::string_view url, const UrlNames& names);
// Whether fill_url_pattern() would give `url`.
[[nodiscard]] bool is_url_of(std::string_view pattern, const UrlNames& names, std::string_view url);
// Requires: the names that the pattern was made of, or that it is the URL's of.
[[nodiscard]] std::string fill_url_pattern(std::string_view pattern, const UrlNames& names);

}  // namespace cachewitness::verdict
