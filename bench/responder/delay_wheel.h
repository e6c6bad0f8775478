// DelayWheel: what is due in at most a second, in slots of a millisecond; first in, first out within a slot.
// Never early; late by one slot at most.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace cachewitness::bench {

template <typename Item>
class DelayWheel {
 public:
  static constexpr std::int64_t slots = 2048;

  // Requires: due is after the last take_due, by less than `slots`.
  void add(std::int64_t due, Item item) {
    slots_[static_cast<std::size_t>(due % slots)].push_back(item);
    ++size_;
  }

  template <typename Take>
  void take_due(std::int64_t now, Take take) {
    for (; taken_until_ < now && size_ > 0; ++taken_until_) {
      std::vector<Item>& slot = slots_[static_cast<std::size_t>((taken_until_ + 1) % slots)];
      for (const Item& item : slot) {
        take(item);
      }
      size_ -= slot.size();
      slot.clear();
    }
    taken_until_ = now;
  }

  [[nodiscard]] bool is_empty() const { return size_ == 0; }

 private:
  std::array<std::vector<Item>, slots> slots_;
  std::int64_t taken_until_ = 0;
  std::size_t size_ = 0;
};

}  // namespace cachewitness::bench
