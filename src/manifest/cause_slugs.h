// The cause slugs of docs/rules/ that `policy.allow` may name. The verdict layer owns the enum;
// this layer stands left of it, so the words are kept here and a test of the verdict layer compares them.
#pragma once

#include <array>
#include <string_view>

namespace cachewitness::manifest {

inline constexpr std::array<std::string_view, 46> cause_slugs{
    // stale
    "never-purged", "purge-misaddressed", "shield-not-purged", "purged-before-origin-ready", "stale-origin-replica",
    "false-revalidation", "stale-while-revalidate", "stale-if-error", "variant-not-purged", "cache-key-not-purged",
    "alias-not-purged", "negative-cached", "redirect-cached", "mixed-servers", "regression", "version-rollback",
    "absent-during-purge", "purge-failed", "probe-refilled", "unknown-version",
    // mismatch
    "header-drift", "validator-drift", "clock-skew", "not-cached", "transformed", "etag-reuse",
    // leak
    "cross-tenant", "poisoned", "deception",
    // error
    "dns", "refused", "timeout", "reset", "tls", "malformed-response", "too-large", "status-5xx", "rate-limited",
    // inconclusive
    "no-validator", "no-age", "no-baseline", "within-propagation", "origin-unreachable", "origin-moved",
    "downstream-cache", "too-few-samples"};

}  // namespace cachewitness::manifest
