#include "http/freshness.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <string>

#include "http/delta_seconds.h"
#include "http/http_date.h"

namespace cachewitness::http {

namespace {

using Source = FreshnessLifetime::Source;

// Dates of peers lie centuries apart, and 292 years of nanoseconds are all that a Duration holds; what is more than
// 2^31 seconds counts as that (RFC 9111 1.2.2).
base::Duration elapsed(base::Instant from, base::Instant to) {
  constexpr std::int64_t second = 1'000'000'000;
  const std::int64_t seconds = to.ns / second - from.ns / second;
  if (std::abs(seconds) >= max_delta_seconds) {
    return std::chrono::seconds(seconds > 0 ? max_delta_seconds : -max_delta_seconds);
  }
  return to - from;
}

std::int64_t whole_seconds(base::Duration duration) {
  return std::max<std::int64_t>(std::chrono::floor<std::chrono::seconds>(duration).count(), 0);
}

std::optional<base::Instant> date_in(const ResponseHead& head, std::string_view name, base::Instant received_at) {
  const auto value = head.find(name);
  return value ? parse_http_date(*value, received_at) : std::nullopt;
}

FreshnessLifetime heuristic_lifetime(const FreshnessInput& input) {
  const bool may_guess = is_heuristically_cacheable(input.status) || input.policy.is_public;
  if (!may_guess || !input.date || !input.last_modified) {
    return {};
  }
  return {Source::heuristic, whole_seconds(elapsed(*input.last_modified, *input.date) / 10)};
}

}  // namespace

bool is_heuristically_cacheable(int status) {
  constexpr std::array<int, 12> statuses{200, 203, 204, 206, 300, 301, 308, 404, 405, 410, 414, 501};
  return std::ranges::binary_search(statuses, status);
}

FreshnessLifetime freshness_lifetime(const FreshnessInput& input, CacheKind kind) {
  const CachePolicy& policy = input.policy;
  if (kind == CacheKind::shared && policy.s_maxage) {
    return {Source::s_maxage, *policy.s_maxage};
  }
  if (policy.max_age) {
    return {Source::max_age, *policy.max_age};
  }
  if (policy.has_invalid_lifetime) {
    return {};
  }
  if (input.has_invalid_expires) {
    return {Source::expires, 0};
  }
  if (input.expires) {
    // RFC 9111 4.2.1: held against Date, so that both are of one clock.
    return {Source::expires, input.date ? whole_seconds(elapsed(*input.date, *input.expires)) : 0};
  }
  return heuristic_lifetime(input);
}

base::Duration corrected_initial_age(const AgeInput& input) {
  const base::Duration apparent_age =
      input.date ? std::max(elapsed(*input.date, input.response_time), base::Duration{}) : base::Duration{};
  const base::Duration response_delay = elapsed(input.request_time, input.response_time);
  const base::Duration corrected_age_value = std::chrono::seconds(input.age_value_s.value_or(0)) + response_delay;
  return input.is_every_hop_http_1_1 ? corrected_age_value : std::max(apparent_age, corrected_age_value);
}

base::Duration current_age(const AgeInput& input, base::Instant now) {
  return corrected_initial_age(input) + elapsed(input.response_time, now);
}

ObeyedPolicy obeyed_policy(const ResponseHead& head, Provider provider) {
  return obeyed_policy(head, targeted_fields(provider));
}

ObeyedPolicy obeyed_policy(const ResponseHead& head, std::span<const std::string_view> targeted) {
  std::string value;
  for (const std::string_view name : targeted) {
    if (head.join(name, value) == 0) {
      continue;
    }
    const auto policy = name == "surrogate-control" ? read_surrogate_policy(value) : read_targeted_policy(value);
    if (policy) {
      return {name, *policy};
    }
  }
  head.join("cache-control", value);
  return {"cache-control", policy_of(parse_cache_control(value))};
}

FreshnessInput freshness_input(const ResponseHead& head, const ObeyedPolicy& obeyed, base::Instant received_at) {
  FreshnessInput input;
  input.status = head.status;
  input.policy = obeyed.policy;
  // RFC 9110 6.6.1: without Date, the time of receipt.
  input.date = date_in(head, "date", received_at).value_or(received_at);
  input.last_modified = date_in(head, "last-modified", received_at);
  if (obeyed.field == "cache-control") {
    input.expires = date_in(head, "expires", received_at);
    input.has_invalid_expires = head.find("expires") && !input.expires;
  }
  return input;
}

FreshnessInput freshness_input(const ResponseHead& head, Provider provider, base::Instant received_at) {
  return freshness_input(head, obeyed_policy(head, provider), received_at);
}

}  // namespace cachewitness::http
