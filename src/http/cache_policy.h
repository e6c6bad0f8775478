// CachePolicy: what the directives of a response ask of a cache (RFC 9111 5.2.2, RFC 8246, RFC 5861), whichever
// field they came in. Of CacheControl, which keeps what was written, this is the meaning.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "http/cache_control.h"

namespace cachewitness::http {

struct CachePolicy {
  // Seconds; absent where the directive is, or where its argument is no number.
  std::optional<std::int64_t> max_age;                 // RFC 9111 5.2.2.1
  std::optional<std::int64_t> s_maxage;                // 5.2.2.10
  std::optional<std::int64_t> stale_while_revalidate;  // RFC 5861 3
  std::optional<std::int64_t> stale_if_error;          // RFC 5861 4
  bool has_invalid_lifetime = false;                   // RFC 9111 4.2.1: encourages to take it for stale
  bool no_store = false;                               // 5.2.2.5
  bool no_cache = false;                               // 5.2.2.4, without field names
  bool no_cache_fields = false;                        // 5.2.2.4, with
  bool is_private = false;                             // 5.2.2.7, without field names
  bool private_fields = false;                         // 5.2.2.7, with
  bool is_public = false;                              // 5.2.2.9
  bool must_revalidate = false;                        // 5.2.2.2
  bool proxy_revalidate = false;                       // 5.2.2.8
  bool must_understand = false;                        // 5.2.2.3
  bool no_transform = false;                           // 5.2.2.6
  bool immutable = false;                              // RFC 8246

  friend bool operator==(const CachePolicy&, const CachePolicy&) = default;
};

enum class CacheKind : std::uint8_t { shared, of_one_user };  // RFC 9111 1: shared and private caches

// Of Cache-Control. RFC 9111 4.2.1: of a directive that is repeated, the first counts.
[[nodiscard]] CachePolicy policy_of(const CacheControl& control);
// Of a targeted field, which is a dictionary (RFC 9213 2.1): nothing where it is empty or is not one, and then the
// cache behaves as if it were absent. An argument of a type that the RFC does not give counts as invalid.
[[nodiscard]] std::optional<CachePolicy> read_targeted_policy(std::string_view value);
// Of Surrogate-Control (Edge Architecture Specification 1.0, 2.3), as origins write it: directives as in
// Cache-Control, `max-age=3600+600` with the seconds that it may be stale, parameters such as ;abc passed over.
[[nodiscard]] std::optional<CachePolicy> read_surrogate_policy(std::string_view value);

// RFC 9111 3: whether the policy lets such a cache store a response at all. A request with Authorization is not
// thought of (3.5).
[[nodiscard]] bool may_store(const CachePolicy& policy, CacheKind kind);
// RFC 9111 4.2.4: whether a response may be served although it is `stale_for_s` seconds past its lifetime: while it
// is revalidated (RFC 5861 3), or because the origin fails (RFC 5861 4).
[[nodiscard]] bool may_serve_while_revalidating(const CachePolicy& policy, CacheKind kind, std::int64_t stale_for_s);
[[nodiscard]] bool may_serve_on_error(const CachePolicy& policy, CacheKind kind, std::int64_t stale_for_s);

}  // namespace cachewitness::http
