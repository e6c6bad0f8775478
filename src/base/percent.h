// A share as people read it.
#pragma once

#include <string>

namespace cachewitness::base {

// "98.6%" of a share (0..1), with so many decimals, and rounded down, so that 100.0% means all of it.
[[nodiscard]] std::string percent(double share, int decimals = 1);

}  // namespace cachewitness::base
