// TimerQueue: deadlines in order of time, then of arming. An indexed binary heap: arming and cancelling
// cost O(log n), and nothing is allocated once it has grown. Knows neither clock nor reactor.
#pragma once

#include <cstdint>
#include <vector>

#include "base/time.h"
#include "ports/network.h"

namespace cachewitness::adapters {

class TimerQueue {
 public:
  [[nodiscard]] bool is_empty() const { return heap_.empty(); }
  [[nodiscard]] std::size_t size() const { return heap_.size(); }
  // When the first timer is due; Tick::never() where there is none.
  [[nodiscard]] base::Tick next() const { return heap_.empty() ? base::Tick::never() : heap_.front().at; }

  ports::TimerId arm(base::Tick at, ports::TimerEvents& events);
  // A timer that fired or was cancelled before is none of our business any more: no effect.
  void cancel(ports::TimerId timer);
  // Takes out the first timer that is due at `now`; null where none is.
  ports::TimerEvents* take_due(base::Tick now);

 private:
  struct Entry {
    base::Tick at;
    std::uint64_t sequence = 0;
    std::uint32_t slot = 0;
  };
  struct Slot {
    ports::TimerEvents* events = nullptr;
    std::uint32_t position = 0;
    std::uint32_t generation = 1;  // so that an old id never cancels a newer timer
  };

  static bool is_before(const Entry& a, const Entry& b);
  void place(std::uint32_t position, Entry entry);
  void sift_up(std::uint32_t position, Entry entry);
  void sift_down(std::uint32_t position, Entry entry);
  void remove(std::uint32_t position);

  std::vector<Entry> heap_;
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_slots_;
  std::uint64_t sequence_ = 0;
};

}  // namespace cachewitness::adapters
