#include "verdict/generation.h"

#include <algorithm>
#include <chrono>

namespace cachewitness::verdict {

namespace {

using std::chrono::seconds;

// How far Date may lie from where it should: its granularity, a slow origin, ordinary clock drift.
constexpr base::Duration date_tolerance = seconds(5);
// Two equal ages this far apart are one stored header rather than two objects of one age.
constexpr base::Duration freezing_gap = seconds(2);

// Without the difference, which overflows where a peer dates its answer to the year 1700.
bool is_near(base::Instant a, base::Instant b, base::Duration tolerance) {
  return a + tolerance >= b && b + tolerance >= a;
}

// A cache either rewrites Date on a hit (it is about now) or keeps the origin's (Date + Age
// is about now). Neither: some clock is wrong, and Age may be computed from it (RFC 9111 4.2.3).
bool is_skewed(const Sighting& s) {
  if (!s.date) {
    return false;
  }
  const base::Duration tolerance = date_tolerance + s.round_trip();
  return !is_near(*s.date, s.received_at, tolerance) && !is_near(*s.date, s.received_at - seconds(s.age_s), tolerance);
}

// nginx stores a shield's Age and repeats it (docs/interop.md, surprise 14). It shows where the same bytes come with
// the same Age some time apart from a store, or with a header that belongs to one exchange alone.
bool is_frozen(const Sighting& s, const Sighting& other) {
  if (&s == &other || !other.is_answer() || other.age_s != s.age_s) {
    return false;
  }
  // Stored when it was fetched for the one, repeated by the other: for the one it is true.
  if (http::is_fetched(s.mark) && http::is_from_store(other.mark) && s.sent_at <= other.sent_at) {
    return false;
  }
  if (!s.trace.is_none() && s.trace == other.trace) {
    return true;
  }
  const base::Duration gap = s.sent_at < other.sent_at ? other.sent_at - s.sent_at : s.sent_at - other.sent_at;
  return gap >= freezing_gap && s.role == other.role && !s.digest.is_none() && s.digest == other.digest &&
         http::is_from_store(s.mark) && http::is_from_store(other.mark);
}

}  // namespace

Dating date_object(const Sighting& sighting, std::span<const Sighting* const> others, const Sighting* baseline) {
  if (!sighting.has_age()) {
    return {AgeTrust::absent, std::nullopt};
  }
  if (is_skewed(sighting)) {
    return {AgeTrust::skewed, std::nullopt};
  }
  if (std::ranges::any_of(others, [&](const Sighting* other) { return is_frozen(sighting, *other); }) ||
      (baseline != nullptr && is_frozen(sighting, *baseline))) {
    return {AgeTrust::frozen, std::nullopt};
  }
  const base::Duration age = seconds(sighting.age_s);
  return {AgeTrust::trusted, Generation{sighting.sent_at - age - seconds(1), sighting.received_at - age}};
}

base::Duration slack(const Sighting& sighting) { return seconds(1) + sighting.round_trip(); }

bool is_before_purge(const Generation& g, const Sighting& s, const evidence::PurgeTimes& purge) {
  return g.until < purge.requested_at - slack(s);
}

bool is_after_purge(const Generation& g, const evidence::PurgeTimes& purge) { return g.after >= purge.requested_at; }

std::string_view describe(AgeTrust trust) {
  switch (trust) {
    case AgeTrust::trusted:
      return "sends an Age that can be trusted";
    case AgeTrust::absent:
      return "sends no Age";
    case AgeTrust::skewed:
      return "sends an Age that contradicts its Date, so a clock on the way is wrong";
    case AgeTrust::frozen:
      return "repeats an Age that was stored with the object and does not grow";
  }
  return "";
}

}  // namespace cachewitness::verdict
