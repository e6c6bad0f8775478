// Freshness (RFC 9111 4.2): how long a response is fresh, how old it is, and whether that is too old.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/time.h"
#include "http/cache_policy.h"
#include "http/head.h"
#include "http/provider.h"

namespace cachewitness::http {

struct FreshnessLifetime {
  // Where it comes from, the first of these that is there (RFC 9111 4.2.1).
  enum class Source : std::uint8_t { s_maxage, max_age, expires, heuristic, none };
  Source source = Source::none;
  std::int64_t seconds = 0;
};

// What of a response decides how long it is fresh.
struct FreshnessInput {
  int status = 200;
  CachePolicy policy;
  std::optional<base::Instant> date = {};           // RFC 9110 6.6.1
  std::optional<base::Instant> last_modified = {};  // RFC 9110 8.8.2
  std::optional<base::Instant> expires = {};        // RFC 9111 5.3
  // The field is there and is no date, as in "Expires: 0": RFC 9111 5.3, it has expired already.
  bool has_invalid_expires = false;
};

// RFC 9111 4.2.1; a lifetime that is invalid counts as none at all, so the response is stale. Heuristically
// (4.2.2) it is a tenth of what had passed since the last modification, for a status that may be so cached, or where
// `public` says so. Seconds are never negative.
[[nodiscard]] FreshnessLifetime freshness_lifetime(const FreshnessInput& input, CacheKind kind);
// RFC 9110 15.1.
[[nodiscard]] bool is_heuristically_cacheable(int status);

// RFC 9111 4.2.3, in its words. Times are the cache's own.
struct AgeInput {
  std::optional<std::int64_t> age_value_s = {};  // Age; none = 0
  std::optional<base::Instant> date = {};        // none = as if just made
  base::Instant request_time;
  base::Instant response_time;
  // RFC 9111 4.2.3: then Age alone is believed, and a skewed clock of the origin does no harm.
  bool is_every_hop_http_1_1 = false;
};
[[nodiscard]] base::Duration corrected_initial_age(const AgeInput& input);
[[nodiscard]] base::Duration current_age(const AgeInput& input, base::Instant now);

// The policy that a cache of this provider obeys: of the targeted fields that it knows the first that is valid, else
// Cache-Control. RFC 9213 2.2: Expires then counts only beside Cache-Control.
struct ObeyedPolicy {
  std::string_view field;  // the name of the field that decided; a string literal
  CachePolicy policy;
};
[[nodiscard]] ObeyedPolicy obeyed_policy(const ResponseHead& head, Provider provider);
// The same of a cache that knows these targeted fields, the first one first, in lower case.
[[nodiscard]] ObeyedPolicy obeyed_policy(const ResponseHead& head, std::span<const std::string_view> targeted);

// All that freshness_lifetime() needs, out of a whole head that a cache of this policy got at `received_at`.
[[nodiscard]] FreshnessInput freshness_input(const ResponseHead& head, const ObeyedPolicy& obeyed,
                                             base::Instant received_at);
[[nodiscard]] FreshnessInput freshness_input(const ResponseHead& head, Provider provider, base::Instant received_at);

}  // namespace cachewitness::http
