#include "base/percent.h"

#include <cmath>

#include <fmt/format.h>

namespace cachewitness::base {

std::string percent(double share, int decimals) {
  const double scale = std::pow(10, decimals);
  return fmt::format("{:.{}f}%", std::floor(share * (100 * scale) + 1e-9) / scale, decimals);
}

}  // namespace cachewitness::base
