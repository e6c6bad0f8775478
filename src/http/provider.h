// Provider: the CDN or the cache software behind an edge, and what is known of each. All of it is one table,
// provider_table.cpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace cachewitness::http {

enum class Provider : std::uint8_t {
  unknown,
  cloudflare,
  fastly,
  cloudfront,
  akamai,
  google_cloud_cdn,
  azure_front_door,
  bunny,
  keycdn,
  gcore,
  cdn77,
  vercel,
  netlify,
  varnish,
  nginx,
  traffic_server,
  squid,
  haproxy,
  apache,
  souin,
};
inline constexpr std::size_t provider_count = 20;

// As the manifest, reports and documents write it: "azure-front-door"; "unknown" where it is.
[[nodiscard]] std::string_view slug(Provider provider);
// As a person writes it: case, blanks, dashes and underscores do not count. Nothing where the table has no such.
[[nodiscard]] std::optional<Provider> find_provider(std::string_view text);

// The targeted fields that its caches obey before Cache-Control (RFC 9213 2.2), the first one first, in lower case.
[[nodiscard]] std::span<const std::string_view> targeted_fields(Provider provider);

// The provider that is nearest to us, as the fields of one response have it.
struct Detection {
  Provider provider = Provider::unknown;  // also where signs of equal weight speak for several
  std::string_view field;                 // the name of the field that decided; empty where none did

  friend bool operator==(const Detection&, const Detection&) = default;
};
// `values` is in the order of provider_fields() (http/provider_table.h).
[[nodiscard]] Detection detect_provider(std::span<const std::optional<std::string_view>> values);

}  // namespace cachewitness::http
