#include "verdict/state.h"

#include <algorithm>

namespace cachewitness::verdict {

namespace {

constexpr std::array<std::string_view, 6> state_names{"fresh", "stale", "mismatch", "leak", "error", "inconclusive"};
constexpr std::array<std::string_view, 3> grade_names{"none", "consistent", "proven"};

constexpr std::array<CauseEntry, 47> causes{{
    {Cause::none, State::fresh, "none", ""},
    {Cause::never_purged, State::stale, "never-purged", "F1"},
    {Cause::purge_misaddressed, State::stale, "purge-misaddressed", "F2"},
    {Cause::shield_not_purged, State::stale, "shield-not-purged", "F3"},
    {Cause::purged_before_origin_ready, State::stale, "purged-before-origin-ready", "F4"},
    {Cause::stale_origin_replica, State::stale, "stale-origin-replica", "F5"},
    {Cause::false_revalidation, State::stale, "false-revalidation", "F6"},
    {Cause::stale_while_revalidate, State::stale, "stale-while-revalidate", "F7"},
    {Cause::stale_if_error, State::stale, "stale-if-error", "F8"},
    {Cause::variant_not_purged, State::stale, "variant-not-purged", "F9"},
    {Cause::cache_key_not_purged, State::stale, "cache-key-not-purged", "F10"},
    {Cause::alias_not_purged, State::stale, "alias-not-purged", "F11"},
    {Cause::negative_cached, State::stale, "negative-cached", "F12"},
    {Cause::redirect_cached, State::stale, "redirect-cached", "F13"},
    {Cause::mixed_servers, State::stale, "mixed-servers", "F15"},
    {Cause::regression, State::stale, "regression", "F16"},
    {Cause::version_rollback, State::stale, "version-rollback", "F21"},
    {Cause::absent_during_purge, State::stale, "absent-during-purge", "F26"},
    {Cause::purge_failed, State::stale, "purge-failed", "F27"},
    {Cause::probe_refilled, State::stale, "probe-refilled", "F29"},
    {Cause::unknown_version, State::stale, "unknown-version", ""},
    {Cause::header_drift, State::mismatch, "header-drift", ""},
    {Cause::validator_drift, State::mismatch, "validator-drift", "F14"},
    {Cause::clock_skew, State::mismatch, "clock-skew", "F17"},
    {Cause::not_cached, State::mismatch, "not-cached", "F18"},
    {Cause::transformed, State::mismatch, "transformed", "F25"},
    {Cause::etag_reuse, State::mismatch, "etag-reuse", "F21"},
    {Cause::cross_tenant, State::leak, "cross-tenant", "F22"},
    {Cause::poisoned, State::leak, "poisoned", "F23"},
    {Cause::deception, State::leak, "deception", "F24"},
    {Cause::dns, State::error, "dns", ""},
    {Cause::refused, State::error, "refused", ""},
    {Cause::timeout, State::error, "timeout", ""},
    {Cause::reset, State::error, "reset", ""},
    {Cause::tls, State::error, "tls", ""},
    {Cause::malformed_response, State::error, "malformed-response", ""},
    {Cause::too_large, State::error, "too-large", ""},
    {Cause::status_5xx, State::error, "status-5xx", ""},
    {Cause::rate_limited, State::error, "rate-limited", ""},
    {Cause::no_validator, State::inconclusive, "no-validator", ""},
    {Cause::no_age, State::inconclusive, "no-age", ""},
    {Cause::no_baseline, State::inconclusive, "no-baseline", ""},
    {Cause::within_propagation, State::inconclusive, "within-propagation", ""},
    {Cause::origin_unreachable, State::inconclusive, "origin-unreachable", ""},
    {Cause::origin_moved, State::inconclusive, "origin-moved", ""},
    {Cause::downstream_cache, State::inconclusive, "downstream-cache", "F20"},
    {Cause::too_few_samples, State::inconclusive, "too-few-samples", ""},
}};

// entry() indexes by the enumerator: the two orders must agree.
consteval bool is_in_enumerator_order() {
  for (std::size_t i = 0; i < causes.size(); ++i) {
    if (static_cast<std::size_t>(causes[i].cause) != i) {
      return false;
    }
  }
  return true;
}
static_assert(is_in_enumerator_order());

}  // namespace

std::string_view name(State state) { return state_names.at(static_cast<std::size_t>(state)); }
std::string_view name(Grade grade) { return grade_names.at(static_cast<std::size_t>(grade)); }

const std::array<CauseEntry, 47>& cause_table() { return causes; }
const CauseEntry& entry(Cause cause) { return causes.at(static_cast<std::size_t>(cause)); }

std::optional<Cause> find_cause(std::string_view slug) {
  const auto found = std::ranges::find(causes, slug, &CauseEntry::slug);
  return found == causes.end() ? std::nullopt : std::optional(found->cause);
}

}  // namespace cachewitness::verdict
