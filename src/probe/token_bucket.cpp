#include "probe/token_bucket.h"

#include <algorithm>
#include <cmath>

#include "base/assert.h"

namespace cachewitness::probe {

namespace {

constexpr double nanoseconds_a_second = 1e9;
constexpr double burst_seconds = 0.1;

}  // namespace

// A virtual schedule (GCRA) in integers instead of a level in floating point: nothing drifts over a run of hours.
TokenBucket::TokenBucket(double rate)
    : interval_(rate > 0 ? static_cast<std::int64_t>(std::ceil(nanoseconds_a_second / rate)) : 0),
      depth_(interval_ * (static_cast<std::int64_t>(std::max(1.0, rate * burst_seconds)) - 1)) {}

base::Tick TokenBucket::ready_at(base::Tick now) const { return interval_.count() == 0 ? now : due_ - depth_; }

void TokenBucket::take(base::Tick now) {
  CW_ASSERT(ready_at(now) <= now);
  if (interval_.count() != 0) {
    due_ = std::max(due_, now) + interval_;
  }
}

}  // namespace cachewitness::probe
