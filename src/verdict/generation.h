// When the object that an edge served was generated or validated, bracketed with the prober's own clock:
// (sent - Age - 1 s, received - Age]. Never Date - Age, which is wrong for every cache that keeps the
// origin's Date. Date only unmasks a clock that cannot be trusted.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "base/time.h"
#include "evidence/run_header.h"
#include "verdict/sighting.h"

namespace cachewitness::verdict {

enum class AgeTrust : std::uint8_t {
  trusted,
  absent,  // RFC 9111 5.1: proves nothing
  skewed,  // neither Date nor Date + Age is the time of the answer: a clock on the way is wrong
  frozen,  // stored along with the object: it does not grow
};

struct Generation {
  base::Instant after;  // exclusive
  base::Instant until;  // inclusive
};

struct Dating {
  AgeTrust trust = AgeTrust::absent;
  std::optional<Generation> generation;  // where Age is trusted
};

// `others`: further sightings of the same cell; a frozen Age shows only among several, or beside the baseline's.
[[nodiscard]] Dating date_object(const Sighting& sighting, std::span<const Sighting* const> others,
                                 const Sighting* baseline = nullptr);

// The slack that comparing with the purge needs: one second of Age's granularity and the round trip.
[[nodiscard]] base::Duration slack(const Sighting& sighting);

// Proven by the bracket alone.
[[nodiscard]] bool is_before_purge(const Generation& g, const Sighting& s, const evidence::PurgeTimes& purge);
[[nodiscard]] bool is_after_purge(const Generation& g, const evidence::PurgeTimes& purge);

// "does not send Age", for the middle of a sentence.
[[nodiscard]] std::string_view describe(AgeTrust trust);

}  // namespace cachewitness::verdict
