#include "parity/cache_policy.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "http/cache_control.h"
#include "http/vary.h"

namespace cachewitness::parity {

namespace {

// RFC 9213 2.2: the most specific field that is there decides alone. Surrogate-Control came before the RFC.
constexpr std::array<std::string_view, 3> by_precedence{"cdn-cache-control", "surrogate-control", "cache-control"};

struct Deciding {
  std::string_view field = "cache-control";
  http::CacheControl control;
};

Deciding deciding_field(const http::ResponseHead& head) {
  std::string joined;
  for (const std::string_view field : by_precedence) {
    joined.clear();
    if (head.join(field, joined) > 0) {
      return {field, http::parse_cache_control(joined)};
    }
  }
  return {};
}

// Empty where it is stored.
std::string refusal_of(const http::CacheControl& control, const http::ResponseHead& head) {
  for (const std::string_view refusal : {"no-store", "private"}) {
    if (control.has(refusal)) {
      return fmt::format("not stored ({})", refusal);
    }
  }
  std::string vary;
  head.join("vary", vary);
  return http::parse_vary(vary).is_any ? "not stored (Vary: *)" : "";
}

std::string lifetime_of(const Deciding& deciding, const http::ResponseHead& head) {
  for (const std::string_view name : {"s-maxage", "max-age"}) {
    if (const auto seconds = deciding.control.seconds(name)) {
      return fmt::format("{} s ({} {})", *seconds, deciding.field, name);
    }
  }
  return head.find("expires") ? "by Expires" : "by heuristics";
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
  const Deciding deciding = deciding_field(head);
  std::string policy = refusal_of(deciding.control, head);
  if (policy.empty()) {
    policy = fmt::format("{} {}", deciding.control.has("no-cache") ? "after validation" : "stored",
                         lifetime_of(deciding, head));
  }
  const std::string directives = directives_of(head);
  return directives.empty() ? policy : policy + "; " + directives;
}

}  // namespace cachewitness::parity
