#include "plan/sampling.h"

#include <algorithm>
#include <cmath>

#include "base/assert.h"

namespace cachewitness::plan {

namespace {

// That one connection meets another server than the one of `servers` that is stale.
double chance_to_miss_once(std::uint32_t servers) { return 1.0 - 1.0 / static_cast<double>(servers); }

}  // namespace

std::uint32_t samples_needed(std::uint32_t servers, double confidence, std::size_t edges) {
  if (servers <= 1) {
    return 1;
  }
  const double of_each_edge = confidence_of_each(confidence, edges);
  // n requests all miss the one stale server with a chance of (1 - 1/N)^n.
  const double samples = std::log(1.0 - of_each_edge) / std::log(chance_to_miss_once(servers));
  // A confidence of 1 would take for ever.
  const double most = most_samples;
  return static_cast<std::uint32_t>(std::ceil(std::clamp(samples, 1.0, most)));
}

double confidence_of_each(double confidence, std::size_t edges) {
  CW_ASSERT(edges > 0);
  return std::pow(confidence, 1.0 / static_cast<double>(edges));
}

bool reaches(double power, double wanted) {
  constexpr double lost_by_arithmetic = 1e-12;
  return power >= wanted - lost_by_arithmetic;
}

double detection_power(std::uint32_t servers, const Met& met) {
  if (servers <= 1) {
    return met.named + met.unnamed > 0 ? 1.0 : 0.0;
  }
  const std::uint32_t never_named = servers - std::min(met.named, servers);
  const double chance_to_be_unknown = static_cast<double>(never_named) / static_cast<double>(servers);
  return 1.0 - chance_to_be_unknown * std::pow(chance_to_miss_once(servers), static_cast<double>(met.unnamed));
}

}  // namespace cachewitness::plan
