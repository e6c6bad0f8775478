#include "base/string_table.h"

#include <algorithm>
#include <cstring>
#include <functional>

#include "base/assert.h"

namespace cachewitness::base {

namespace {
constexpr std::size_t first_block = 4096;
constexpr std::size_t largest_block = std::size_t{1} << 20;

std::uint32_t hash_of(std::string_view text) { return static_cast<std::uint32_t>(std::hash<std::string_view>{}(text)); }

}  // namespace

const char* StringTable::store(std::string_view text) {
  if (block_size_ - block_used_ < text.size() || blocks_.empty()) {
    block_size_ = std::max(text.size(), std::min(largest_block, std::max(first_block, arena_bytes_)));
    blocks_.push_back(std::make_unique<char[]>(block_size_));
    block_used_ = 0;
    arena_bytes_ += block_size_;
  }
  char* out = blocks_.back().get() + block_used_;
  if (!text.empty()) {
    std::memcpy(out, text.data(), text.size());
  }
  block_used_ += text.size();
  return out;
}

std::size_t StringTable::slot_of(std::string_view text, std::uint32_t hash) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = hash & mask;
  while (slots_[slot] != 0 && (views_[slots_[slot] - 1].hash != hash || at(slots_[slot] - 1) != text)) {
    slot = (slot + 1) & mask;
  }
  return slot;
}

void StringTable::grow() {
  slots_.assign(std::max<std::size_t>(64, slots_.size() * 2), 0);
  for (std::uint32_t id = 0; id < views_.size(); ++id) {
    std::size_t slot = views_[id].hash & (slots_.size() - 1);
    while (slots_[slot] != 0) {  // all are different, so none need be compared
      slot = (slot + 1) & (slots_.size() - 1);
    }
    slots_[slot] = id + 1;
  }
}

std::uint32_t StringTable::intern(std::string_view text) {
  if ((views_.size() + 1) * 4 > slots_.size() * 3) {
    grow();
  }
  const std::uint32_t hash = hash_of(text);
  const std::size_t slot = slot_of(text, hash);
  if (slots_[slot] != 0) {
    return slots_[slot] - 1;
  }
  CW_ASSERT(views_.size() < 0xFFFFFFF0U && text.size() < 0xFFFFFFFFU);
  views_.push_back({store(text), static_cast<std::uint32_t>(text.size()), hash});
  slots_[slot] = static_cast<std::uint32_t>(views_.size());
  return slots_[slot] - 1;
}

std::optional<std::uint32_t> StringTable::find(std::string_view text) const {
  if (slots_.empty()) {
    return std::nullopt;
  }
  const std::size_t slot = slot_of(text, hash_of(text));
  return slots_[slot] == 0 ? std::nullopt : std::optional(slots_[slot] - 1);
}

std::string_view StringTable::at(std::uint32_t id) const {
  CW_ASSERT(id < views_.size());
  return {views_[id].data, views_[id].size};
}

std::size_t StringTable::memory_bytes() const {
  return arena_bytes_ + views_.capacity() * sizeof(View) + slots_.capacity() * sizeof(std::uint32_t);
}

}  // namespace cachewitness::base
