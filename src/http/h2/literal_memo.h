// LiteralMemo: literals of header blocks that were decoded before, keyed by their bytes. Most fields of most responses
// are those of the response before, and many servers code them anew each time: to compare bytes costs a tenth of what
// their Huffman code and their checks cost. Only what comes twice is kept, so that values which are never the same
// (a request id) push nothing out. Sans-I/O.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "http/h2/hpack_table.h"

namespace cachewitness::http::h2 {

class LiteralMemo {
 public:
  LiteralMemo() : sets_(sets) {}

  // Where `literal` may be kept at all: its name is not a number of the dynamic table, and it has such a size.
  [[nodiscard]] static bool takes(std::size_t bytes) { return bytes >= min_bytes && bytes <= max_bytes; }
  // The field that it stands for, or null. Requires: takes(literal.size()).
  [[nodiscard]] const TableEntry* find(std::string_view literal);
  // What find() did not know. Requires: no other find() has come between.
  void keep(std::string_view literal, const TableEntry& entry);

 private:
  static constexpr std::size_t min_bytes = 8;
  static constexpr std::size_t max_bytes = 64;
  static constexpr std::size_t max_line_bytes = 112;
  static constexpr std::size_t sets = 32;
  static constexpr std::size_t tags = 256;

  struct Known {
    std::uint32_t size = 0;  // 0 = nothing
    TableEntry entry;
    std::array<char, max_bytes> literal;
    std::array<char, max_line_bytes> line;
  };
  struct Set {
    std::array<Known, 2> known;
    std::uint32_t newest = 0;  // the one that was used last
  };

  std::vector<Set> sets_;
  std::array<std::uint16_t, tags> seen_{};  // of literals that came once
  std::uint64_t hash_ = 0;                  // of the last find()
};

}  // namespace cachewitness::http::h2
