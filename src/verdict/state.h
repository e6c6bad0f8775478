// The words of a verdict.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace cachewitness::verdict {

enum class State : std::uint8_t { fresh, stale, mismatch, leak, error, inconclusive };
enum class Grade : std::uint8_t { none, consistent, proven };

[[nodiscard]] std::string_view name(State state);
[[nodiscard]] std::string_view name(Grade grade);

// A cause is its slug; `none` is the fresh cell's.
enum class Cause : std::uint8_t {
  none,
  never_purged,
  purge_misaddressed,
  shield_not_purged,
  purged_before_origin_ready,
  stale_origin_replica,
  false_revalidation,
  stale_while_revalidate,
  stale_if_error,
  variant_not_purged,
  cache_key_not_purged,
  alias_not_purged,
  negative_cached,
  redirect_cached,
  mixed_servers,
  regression,
  version_rollback,
  absent_during_purge,
  purge_failed,
  probe_refilled,
  unknown_version,
  header_drift,
  validator_drift,
  clock_skew,
  not_cached,
  transformed,
  etag_reuse,
  cross_tenant,
  poisoned,
  deception,
  dns,
  refused,
  timeout,
  reset,
  tls,
  malformed_response,
  too_large,
  status_5xx,
  rate_limited,
  no_validator,
  no_age,
  no_baseline,
  within_propagation,
  origin_unreachable,
  origin_moved,
  downstream_cache,
  too_few_samples,
};

struct CauseEntry {
  Cause cause;
  State state;
  std::string_view slug;
  std::string_view failure_mode;  // "F1"; empty where it has no number
};

// Every cause, once.
[[nodiscard]] const std::array<CauseEntry, 47>& cause_table();
[[nodiscard]] const CauseEntry& entry(Cause cause);
[[nodiscard]] std::optional<Cause> find_cause(std::string_view slug);

}  // namespace cachewitness::verdict
