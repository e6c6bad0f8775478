// Clock: the only way to learn what time it is.
#pragma once

#include "base/time.h"

namespace cachewitness::ports {

class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual base::Instant wall() const = 0;
  [[nodiscard]] virtual base::Tick tick() const = 0;
  [[nodiscard]] base::ClockAnchor anchor() const { return {wall(), tick()}; }
};

}  // namespace cachewitness::ports
