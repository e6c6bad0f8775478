#include "adapters/timer_queue.h"

#include <utility>

namespace cachewitness::adapters {

bool TimerQueue::is_before(const Entry& a, const Entry& b) {
  return a.at != b.at ? a.at < b.at : a.sequence < b.sequence;
}

ports::TimerId TimerQueue::arm(base::Tick at, ports::TimerEvents& events) {
  std::uint32_t slot = 0;
  if (free_slots_.empty()) {
    slot = static_cast<std::uint32_t>(slots_.size());
    slots_.emplace_back();
  } else {
    slot = free_slots_.back();
    free_slots_.pop_back();
  }
  slots_[slot].events = &events;
  heap_.emplace_back();
  sift_up(static_cast<std::uint32_t>(heap_.size() - 1), Entry{at, sequence_++, slot});
  return ports::TimerId{(std::uint64_t{slots_[slot].generation} << 32) | slot};
}

void TimerQueue::cancel(ports::TimerId timer) {
  const auto bits = static_cast<std::uint64_t>(timer);
  const auto slot = static_cast<std::uint32_t>(bits);
  const auto generation = static_cast<std::uint32_t>(bits >> 32);
  if (slot < slots_.size() && slots_[slot].generation == generation && slots_[slot].events != nullptr) {
    remove(slots_[slot].position);
  }
}

ports::TimerEvents* TimerQueue::take_due(base::Tick now) {
  if (heap_.empty() || heap_.front().at > now) {
    return nullptr;
  }
  ports::TimerEvents* const events = slots_[heap_.front().slot].events;
  remove(0);
  return events;
}

void TimerQueue::place(std::uint32_t position, Entry entry) {
  heap_[position] = entry;
  slots_[entry.slot].position = position;
}

void TimerQueue::sift_up(std::uint32_t position, Entry entry) {
  while (position > 0) {
    const std::uint32_t parent = (position - 1) / 2;
    if (!is_before(entry, heap_[parent])) {
      break;
    }
    place(position, heap_[parent]);
    position = parent;
  }
  place(position, entry);
}

void TimerQueue::sift_down(std::uint32_t position, Entry entry) {
  const auto count = static_cast<std::uint32_t>(heap_.size());
  while (true) {
    std::uint32_t child = 2 * position + 1;
    if (child >= count) {
      break;
    }
    if (child + 1 < count && is_before(heap_[child + 1], heap_[child])) {
      ++child;
    }
    if (!is_before(heap_[child], entry)) {
      break;
    }
    place(position, heap_[child]);
    position = child;
  }
  place(position, entry);
}

void TimerQueue::remove(std::uint32_t position) {
  Slot& slot = slots_[heap_[position].slot];
  slot.events = nullptr;
  ++slot.generation;
  if (slot.generation == 0) {
    slot.generation = 1;  // zero would make TimerId::none of slot 0
  }
  free_slots_.push_back(heap_[position].slot);

  const Entry last = heap_.back();
  heap_.pop_back();
  if (position == heap_.size()) {
    return;
  }
  // The entry that fills the gap may belong above or below it.
  if (position > 0 && is_before(last, heap_[(position - 1) / 2])) {
    sift_up(position, last);
  } else {
    sift_down(position, last);
  }
}

}  // namespace cachewitness::adapters
