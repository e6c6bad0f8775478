#include "parity/cache_policy.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "http/freshness.h"
#include "http/vary.h"

namespace cachewitness::parity {

namespace {

using http::CacheKind;
using Source = http::FreshnessLifetime::Source;

// Whatever the provider: of the two that most caches in front of an origin know (RFC 9213 2.2) the first that is there.
// Surrogate-Control came before the RFC.
constexpr std::array<std::string_view, 2> targeted{"cdn-cache-control", "surrogate-control"};

// Empty where it is stored.
std::string refusal_of(const http::CachePolicy& policy, const http::ResponseHead& head) {
  if (!http::may_store(policy, CacheKind::shared)) {
    return fmt::format("not stored ({})", policy.no_store ? "no-store" : "private");
  }
  std::string vary;
  head.join("vary", vary);
  return http::parse_vary(vary).is_any ? "not stored (Vary: *)" : "";
}

std::string lifetime_of(const http::ObeyedPolicy& obeyed, const http::ResponseHead& head) {
  // Of the moments in the head only that they are there is told, so the time of receipt does not matter.
  const auto lifetime =
      http::freshness_lifetime(http::freshness_input(head, obeyed, base::Instant{}), CacheKind::shared);
  switch (lifetime.source) {
    case Source::s_maxage:
      return fmt::format("{} s ({} s-maxage)", lifetime.seconds, obeyed.field);
    case Source::max_age:
      return fmt::format("{} s ({} max-age)", lifetime.seconds, obeyed.field);
    case Source::expires:
      return "by Expires";
    case Source::heuristic:
    case Source::none:
      break;
  }
  return obeyed.policy.has_invalid_lifetime ? fmt::format("stale at once ({} is invalid)", obeyed.field)
                                            : "by heuristics";
}

bool is_told(const http::CacheControl::Directive& directive, bool has_shared_lifetime) {
  return directive.name == "no-store" || directive.name == "private" || directive.name == "no-cache" ||
         directive.name == "s-maxage" || (directive.name == "max-age" && !has_shared_lifetime);
}

std::string directives_of(const http::ResponseHead& head) {
  std::string joined;
  head.join("cache-control", joined);
  const http::CacheControl control = http::parse_cache_control(joined);
  const bool has_shared_lifetime = control.seconds("s-maxage").has_value();
  std::vector<std::string> left;
  for (const auto& directive : control.directives) {
    if (!is_told(directive, has_shared_lifetime)) {
      left.push_back(directive.value.empty() ? directive.name : directive.name + "=" + directive.value);
    }
  }
  std::ranges::sort(left);
  const auto repeated = std::ranges::unique(left);
  left.erase(repeated.begin(), repeated.end());
  return fmt::format("{}", fmt::join(left, ", "));
}

}  // namespace

std::string read_cache_policy(const http::ResponseHead& head) {
  const http::ObeyedPolicy obeyed = http::obeyed_policy(head, targeted);
  std::string policy = refusal_of(obeyed.policy, head);
  if (policy.empty()) {
    policy = fmt::format("{} {}", obeyed.policy.no_cache ? "after validation" : "stored", lifetime_of(obeyed, head));
  }
  const std::string directives = directives_of(head);
  return directives.empty() ? policy : policy + "; " + directives;
}

}  // namespace cachewitness::parity
