// Every rule there is; each is defined, with its words and its judge side by side, in a file of its name.
// The order of decision is rules.cpp's.
#pragma once

#include "verdict/rules.h"

namespace cachewitness::verdict::rule {

// transport.cpp
extern const Rule dns;
extern const Rule refused;
extern const Rule timeout;
extern const Rule reset;
extern const Rule tls;
extern const Rule malformed_response;
extern const Rule too_large;

extern const Rule cross_tenant;
extern const Rule poisoned;
extern const Rule deception;
extern const Rule rate_limited;
extern const Rule status_5xx;
extern const Rule downstream_cache;
extern const Rule origin_unreachable;
extern const Rule within_propagation;
extern const Rule negative_cached;
extern const Rule redirect_cached;
extern const Rule origin_moved;
extern const Rule transformed;
extern const Rule no_validator;
extern const Rule absent_during_purge;
extern const Rule mixed_servers;
extern const Rule regression;
extern const Rule stale_if_error;
extern const Rule stale_while_revalidate;
extern const Rule stale_origin_replica;
extern const Rule false_revalidation;
extern const Rule purge_failed;
extern const Rule shield_not_purged;
extern const Rule variant_not_purged;
extern const Rule cache_key_not_purged;
extern const Rule alias_not_purged;
extern const Rule probe_refilled;
extern const Rule purged_before_origin_ready;
extern const Rule etag_reuse;
extern const Rule version_rollback;
extern const Rule purge_misaddressed;
extern const Rule never_purged;
extern const Rule status_drift;
extern const Rule clock_skew;
extern const Rule no_age;
extern const Rule unknown_version;
extern const Rule header_drift;
extern const Rule validator_drift;
extern const Rule not_cached;
extern const Rule too_few_samples;
extern const Rule no_baseline;

}  // namespace cachewitness::verdict::rule
