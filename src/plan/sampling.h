// How often to ask one address, where several servers hide behind it, and how much was seen by asking so often. A
// stale one among them is found by chance only, so the number follows from the chance that is wanted. Knows nothing
// of requests.
#pragma once

#include <cstddef>
#include <cstdint>

namespace cachewitness::plan {

// More than this would be an attack rather than a sample.
inline constexpr std::uint32_t most_samples = 1000;

// Requests on connections of their own, so that one stale server of `servers` equal ones is met with the
// wanted chance; 1 for a single server. `confidence` (0..1) is the whole run's: with several such edges each
// needs more (see confidence_of_each), so that none of them is missed. Requires: `edges` > 0.
[[nodiscard]] std::uint32_t samples_needed(std::uint32_t servers, double confidence, std::size_t edges);

// What each of `edges` edges has to reach for the run to reach `confidence` (0..1): its root of as many, after Sidak.
// Requires: `edges` > 0.
[[nodiscard]] double confidence_of_each(double confidence, std::size_t edges);

// Whether a power is the wanted one, but for what arithmetic loses.
[[nodiscard]] bool reaches(double power, double wanted);

// Whom the connections to one address met.
struct Met {
  std::uint32_t unnamed = 0;  // connections whose server is not known
  std::uint32_t named = 0;    // different servers that said who they are
};

// The chance (0..1) that one stale server of `servers` equal ones would have been among those met; 1 for a single
// server that was met at all. Blind connections miss it with (1 - 1/N)^n; servers that are known were drawn from a
// finite population, so that m of them leave out one of N with C(N-1,m)/C(N,m) = (N-m)/N. A statement about the
// samples, not about the servers: it does not say that none is stale.
[[nodiscard]] double detection_power(std::uint32_t servers, const Met& met);

}  // namespace cachewitness::plan
