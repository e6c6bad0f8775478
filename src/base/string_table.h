// StringTable: interned strings in one arena, numbered from 0 in order of first appearance.
// About size + 24 bytes a string; views stay valid for the table's life.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace cachewitness::base {

class StringTable {
 public:
  StringTable() = default;
  StringTable(StringTable&&) = default;
  StringTable& operator=(StringTable&&) = default;
  StringTable(const StringTable&) = delete;
  StringTable& operator=(const StringTable&) = delete;
  ~StringTable() = default;

  // The number of `text`, which is copied on its first appearance.
  std::uint32_t intern(std::string_view text);
  [[nodiscard]] std::optional<std::uint32_t> find(std::string_view text) const;
  // Requires: id < size().
  [[nodiscard]] std::string_view at(std::uint32_t id) const;
  [[nodiscard]] std::size_t size() const { return views_.size(); }
  // Bytes held, index included.
  [[nodiscard]] std::size_t memory_bytes() const;

 private:
  struct View {
    const char* data;
    std::uint32_t size;
    std::uint32_t hash;  // compared first: it lies where the bytes themselves would be a cache miss away
  };
  [[nodiscard]] std::size_t slot_of(std::string_view text, std::uint32_t hash) const;
  void grow();
  const char* store(std::string_view text);

  std::vector<std::unique_ptr<char[]>> blocks_;
  std::size_t block_used_ = 0;
  std::size_t block_size_ = 0;
  std::size_t arena_bytes_ = 0;
  std::vector<View> views_;
  std::vector<std::uint32_t> slots_;  // open addressing; id + 1, 0 = empty
};

}  // namespace cachewitness::base
