#include "adapters/system_clock.h"

#include <time.h>

#include "adapters/reactor.h"

namespace cachewitness::adapters {

base::Instant SystemClock::wall() const {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return {std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec};
}

base::Tick SystemClock::tick() const { return monotonic_now(); }

}  // namespace cachewitness::adapters
