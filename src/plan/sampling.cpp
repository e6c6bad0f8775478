#include "plan/sampling.h"

#include <algorithm>
#include <cmath>

#include "base/assert.h"

namespace cachewitness::plan {

std::uint32_t samples_needed(std::uint32_t servers, double confidence, std::size_t edges) {
  CW_ASSERT(edges > 0);
  if (servers <= 1) {
    return 1;
  }
  const double of_each_edge = std::pow(confidence, 1.0 / static_cast<double>(edges));
  // n requests all miss the one stale server with a chance of (1 - 1/N)^n.
  const double chance_to_miss_once = 1.0 - 1.0 / static_cast<double>(servers);
  const double samples = std::log(1.0 - of_each_edge) / std::log(chance_to_miss_once);
  // A confidence of 1 would take for ever.
  const double most = most_samples;
  return static_cast<std::uint32_t>(std::ceil(std::clamp(samples, 1.0, most)));
}

}  // namespace cachewitness::plan
