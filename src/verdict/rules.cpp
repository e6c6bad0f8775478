#include "verdict/rules.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include "verdict/rules/catalogue.h"

namespace cachewitness::verdict {

namespace {

// First what is not the asker's to see, then what says nothing about content, then what content of the wrong version
// means, then what is wrong with content of the right one. Where two could fire, the more specific cause stands first.
constexpr std::array table{
    // What belongs to others weighs more than whether it is fresh.
    &rule::cross_tenant,
    &rule::poisoned,
    &rule::deception,
    // The edge gave no answer, or none that counts.
    &rule::dns,
    &rule::refused,
    &rule::timeout,
    &rule::reset,
    &rule::tls,
    &rule::malformed_response,
    &rule::too_large,
    &rule::rate_limited,
    // Nothing to judge by, or too early.
    &rule::downstream_cache,
    &rule::origin_unreachable,
    &rule::within_propagation,
    // The edge answers with something else than the asset.
    &rule::negative_cached,
    &rule::status_5xx,
    &rule::redirect_cached,
    &rule::origin_moved,
    &rule::transformed,
    &rule::no_validator,
    // Another version, by the way it came about.
    &rule::purge_failed,
    &rule::absent_during_purge,
    &rule::mixed_servers,
    &rule::regression,
    &rule::stale_if_error,
    &rule::stale_while_revalidate,
    &rule::stale_origin_replica,
    &rule::false_revalidation,
    &rule::shield_not_purged,
    &rule::variant_not_purged,
    &rule::cache_key_not_purged,
    &rule::alias_not_purged,
    &rule::probe_refilled,
    &rule::purged_before_origin_ready,
    &rule::etag_reuse,
    &rule::version_rollback,
    &rule::purge_misaddressed,
    &rule::never_purged,
    &rule::status_drift,
    &rule::clock_skew,
    &rule::no_age,
    &rule::unknown_version,
    // The right version, and yet.
    &rule::header_drift,
    &rule::validator_drift,
    &rule::not_cached,
    &rule::too_few_samples,
    &rule::no_baseline,
};

}  // namespace

std::string_view name(Outcome outcome) {
  constexpr std::array<std::string_view, 4> names{"does not apply", "passes", "fires", "cannot tell"};
  return names.at(static_cast<std::size_t>(outcome));
}

std::span<const Rule* const> rules() { return table; }

const Rule* find_rule(std::string_view id) {
  const auto found = std::ranges::find(table, id, [](const Rule* rule) { return rule->id; });
  return found == table.end() ? nullptr : *found;
}

Ruling passes(std::string why) {
  Ruling ruling;
  ruling.outcome = Outcome::passes;
  ruling.why = std::move(why);
  return ruling;
}

Ruling cannot_tell(std::string why) {
  Ruling ruling;
  ruling.outcome = Outcome::cannot_tell;
  ruling.why = std::move(why);
  return ruling;
}

Ruling fires(const CellView& view, const Sighting& observed, double confidence, std::string why) {
  Ruling ruling;
  ruling.outcome = Outcome::fires;
  ruling.confidence = confidence;
  ruling.expected = view.describe_truth();
  ruling.observed = view.describe(observed);
  ruling.why = std::move(why);
  return ruling;
}

Ruling leaks(const LeakSighting& observed, std::string expected, LeakWords words) {
  Ruling ruling;
  ruling.outcome = Outcome::fires;
  ruling.confidence = words.confidence;
  ruling.header = std::move(words.header);
  ruling.expected = std::move(expected);
  ruling.observed = observed.describe();
  ruling.why = std::move(words.why);
  return ruling;
}

}  // namespace cachewitness::verdict
