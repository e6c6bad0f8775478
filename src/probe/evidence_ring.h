// EvidenceRing: evidence from the thread that saw it to the thread that judges it, in order and without a lock. Slots
// keep their buffers, so that handing over allocates nothing once every slot was used.
#pragma once

#include <atomic>
#include <cstddef>
#include <vector>

#include "evidence/evidence.h"

namespace cachewitness::probe {

class EvidenceRing {
 public:
  // Requires: `slots` is a power of two.
  explicit EvidenceRing(std::size_t slots) : slots_(slots) {}

  // The one thread that puts in. What push() copies into is the slot's own.
  [[nodiscard]] bool is_full() const { return put_.load(std::memory_order_relaxed) - taken_seen_ == slots_.size(); }
  void push(const evidence::Evidence& evidence) {
    const std::size_t at = put_.load(std::memory_order_relaxed);
    slots_[at & (slots_.size() - 1)] = evidence;
    put_.store(at + 1, std::memory_order_release);
  }
  // Returns once a slot is free; at once where one is.
  void wait_for_room() {
    const std::size_t full = put_.load(std::memory_order_relaxed) - slots_.size();
    for (taken_seen_ = taken_.load(std::memory_order_acquire); taken_seen_ == full;
         taken_seen_ = taken_.load(std::memory_order_acquire)) {
      taken_.wait(full, std::memory_order_acquire);
    }
  }

  // The one thread that takes out. Shows `take` what is there now, as a reference that it may change. Returns how many.
  template <class Take>
  std::size_t drain(Take&& take) {
    const std::size_t from = taken_.load(std::memory_order_relaxed);
    const std::size_t until = put_.load(std::memory_order_acquire);
    for (std::size_t at = from; at != until; ++at) {
      take(slots_[at & (slots_.size() - 1)]);
    }
    if (until != from) {
      taken_.store(until, std::memory_order_release);
      taken_.notify_one();
    }
    return until - from;
  }

 private:
  // Each thread's own counter on a cache line of its own.
  static constexpr std::size_t cache_line = 64;

  std::vector<evidence::Evidence> slots_;
  alignas(cache_line) std::atomic<std::size_t> put_ = 0;
  std::size_t taken_seen_ = 0;  // by the thread that puts in
  alignas(cache_line) std::atomic<std::size_t> taken_ = 0;
};

}  // namespace cachewitness::probe
