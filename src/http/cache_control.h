// Cache-Control (RFC 9111 5.2): directives of a response, read tolerantly, because what an edge sends is
// evidence and not a contract. Pure; knows nothing of freshness verdicts.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cachewitness::http {

struct CacheControl {
  struct Directive {
    std::string name;   // lower case
    std::string value;  // unquoted; empty where there is none

    friend auto operator<=>(const Directive&, const Directive&) = default;
  };
  std::vector<Directive> directives;  // in order; duplicates kept

  [[nodiscard]] bool has(std::string_view name) const;
  // The delta-seconds of the first directive of that name (RFC 9111 4.2.1 allows the first of duplicates);
  // nothing where it is absent or not a number. At most 2^31 (RFC 9111 1.2.2).
  [[nodiscard]] std::optional<std::int64_t> seconds(std::string_view name) const;
  // RFC 9111 4.2.1 for a shared cache: s-maxage, else max-age.
  [[nodiscard]] std::optional<std::int64_t> shared_lifetime() const;
};

// `value` is the field joined over its lines. Never fails: what is not a directive is left out.
[[nodiscard]] CacheControl parse_cache_control(std::string_view value);

// Equal as sets of directives: order, case of names, quotes and repetition do not count.
[[nodiscard]] bool same_directives(const CacheControl& a, const CacheControl& b);

}  // namespace cachewitness::http
