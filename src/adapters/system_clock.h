// SystemClock: ports::Clock over CLOCK_REALTIME and CLOCK_MONOTONIC. Its ticks are those of EpollNetwork.
#pragma once

#include "ports/clock.h"

namespace cachewitness::adapters {

class SystemClock final : public ports::Clock {
 public:
  [[nodiscard]] base::Instant wall() const override;
  [[nodiscard]] base::Tick tick() const override;
};

}  // namespace cachewitness::adapters
