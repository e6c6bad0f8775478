#include "probe/concurrency_limit.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

namespace cachewitness::probe {

namespace {

using std::chrono::milliseconds;

constexpr double least_limit = 1;
constexpr double greatest_limit = 65536;
constexpr std::uint32_t least_window = 8;
// Answers this much slower than the fastest are the scheduling of two busy processors and no queue.
constexpr base::Duration noise = milliseconds(5);
// Latency may double before it counts as a queue: paths and objects differ.
constexpr double tolerance = 2;
constexpr double least_gradient = 0.5;
constexpr base::Duration least_pause_between_halvings = milliseconds(100);
// After so many windows without an answer at the floor the edge is given little to do for once, so that the floor
// is measured without a queue of our own making (the idea of BBR's ProbeRTT): a longer path is believed only so.
constexpr std::uint32_t floor_lasts = 32;
constexpr double drained_share = 0.25;

}  // namespace

void ConcurrencyLimit::on_answer(base::Duration latency, std::uint32_t in_flight) {
  window_sum_ += latency;
  window_least_ = window_answers_ == 0 ? latency : std::min(window_least_, latency);
  window_most_ = std::max(window_most_, in_flight);
  // While it drains, what was under way before has to be answered first.
  if (++window_answers_ >= std::max(least_window, current() + static_cast<std::uint32_t>(drains_from_))) {
    end_window();
  }
}

void ConcurrencyLimit::end_window() {
  if (drains_from_ > 0) {
    floor_ = window_least_;
    floor_age_ = 0;
    limit_ = std::exchange(drains_from_, 0);
  } else {
    settle();
  }
  window_sum_ = {};
  window_answers_ = 0;
  window_most_ = 0;
}

void ConcurrencyLimit::settle() {
  const base::Duration mean = window_sum_ / window_answers_;
  if (floor_ == base::Duration{} || window_least_ <= floor_) {
    floor_ = window_least_;
    floor_age_ = 0;
  }
  const bool is_queueing = mean > floor_ + noise;
  const double gradient =
      is_queueing ? std::clamp(tolerance * static_cast<double>(floor_.count()) / static_cast<double>(mean.count()),
                               least_gradient, 1.0)
                  : 1;
  is_starting_ = is_starting_ && gradient == 1;
  // What was never used up says nothing about more.
  const bool was_used = window_most_ * 10 >= current() * 9;
  double next = limit_ * gradient;
  if (was_used) {
    next = is_starting_ ? limit_ * 2 : next + std::sqrt(limit_);
  }
  limit_ = std::clamp(next, least_limit, greatest_limit);
  if (is_queueing && ++floor_age_ > floor_lasts) {
    drains_from_ = limit_;
    limit_ = std::max(least_limit, limit_ * drained_share);
  }
}

void ConcurrencyLimit::on_overload(base::Tick now, std::uint32_t in_flight) {
  if (halved_at_ != base::Tick{} && now - halved_at_ < std::max(least_pause_between_halvings, floor_)) {
    return;
  }
  halved_at_ = now;
  is_starting_ = false;
  drains_from_ = 0;
  limit_ = std::max(least_limit, std::min(limit_, static_cast<double>(in_flight)) / 2);
}

}  // namespace cachewitness::probe
