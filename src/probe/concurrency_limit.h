// ConcurrencyLimit: how many requests may be under way to one edge at once, learned from how it answers: more while
// answers come as fast as they ever did, fewer once they queue, half of it when the edge says that it is too much.
// The gradient of Netflix's concurrency-limits, with the slow start of TCP (RFC 5681 3.1). Reads no clock.
#pragma once

#include <cstdint>

#include "base/time.h"

namespace cachewitness::probe {

class ConcurrencyLimit {
 public:
  [[nodiscard]] std::uint32_t current() const { return static_cast<std::uint32_t>(limit_); }
  // `latency`: from the request to the first byte. `in_flight`: with this one.
  void on_answer(base::Duration latency, std::uint32_t in_flight);
  // 429, 503, or a connection that was reset: halves, once in the time that an answer takes.
  void on_overload(base::Tick now, std::uint32_t in_flight);

 private:
  void end_window();
  void settle();

  double limit_ = 16;
  bool is_starting_ = true;      // doubles each window until the first sign of a queue
  base::Duration floor_{};       // the fastest answer of late; zero before the first
  std::uint32_t floor_age_ = 0;  // windows with a queue since an answer was as fast
  double drains_from_ = 0;       // the limit to go back to; 0 where the edge is not being drained
  base::Duration window_sum_{};
  base::Duration window_least_{};
  std::uint32_t window_answers_ = 0;
  std::uint32_t window_most_ = 0;  // in flight at once
  base::Tick halved_at_{};
};

}  // namespace cachewitness::probe
