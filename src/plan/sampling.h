// How often to ask one address, where several servers hide behind it. A stale one among them is found by
// chance only, so the number follows from the chance that is wanted. Knows nothing of requests.
#pragma once

#include <cstddef>
#include <cstdint>

namespace cachewitness::plan {

// More than this would be an attack rather than a sample.
inline constexpr std::uint32_t most_samples = 1000;

// Requests on connections of their own, so that one stale server of `servers` equal ones is met with the
// wanted chance; 1 for a single server. `confidence` (0..1) is the whole run's: with several such edges each
// needs more (Sidak: the root of as many), so that none of them is missed. Requires: `edges` > 0.
[[nodiscard]] std::uint32_t samples_needed(std::uint32_t servers, double confidence, std::size_t edges);

}  // namespace cachewitness::plan
