#include "base/percent.h"

#include <cmath>

#include <fmt/format.h>

namespace cachewitness::base {

std::string percent(double share) { return fmt::format("{:.1f}%", std::floor(share * 1000 + 1e-9) / 10); }

}  // namespace cachewitness::base
