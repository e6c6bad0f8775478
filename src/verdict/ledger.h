// Ledger: rows of numbers, packed by blocks: a column of a block takes the bits that tell its values apart, so
// numbers that lie close together cost next to nothing, and any number comes out as it went in.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>

namespace cachewitness::verdict {

class Ledger {
 public:
  static constexpr std::size_t columns = 18;
  static constexpr std::size_t block_rows = 256;
  using Row = std::array<std::int64_t, columns>;

  void append(const Row& row);
  [[nodiscard]] std::size_t size() const { return blocks_.size() * block_rows + open_rows_; }
  // Requires: index < size().
  [[nodiscard]] Row row(std::size_t index) const;
  [[nodiscard]] std::int64_t value(std::size_t index, std::size_t column) const;
  // The column of the rows from `first` on, as many as there are in its block. Requires: `first` is a multiple of
  // block_rows and less than size().
  [[nodiscard]] std::size_t read_column(std::size_t first, std::size_t column,
                                        std::array<std::int64_t, block_rows>& out) const;
  // Bytes held, the rows that are not packed yet included.
  [[nodiscard]] std::size_t memory_bytes() const;

 private:
  // A column of a block whose values differ: where its bits are in a row.
  struct Part {
    std::uint16_t at = 0;
    std::uint8_t width = 0;
    std::uint8_t column = 0;
  };
  struct Block {
    Row least{};  // of each column
    std::array<Part, columns> parts{};
    std::uint32_t parts_count = 0;
    std::uint32_t row_width = 0;            // in bits
    std::unique_ptr<std::uint64_t[]> bits;  // of the rows, and a word that reading may run into

    // Null where the column's values are all the same.
    [[nodiscard]] const Part* part_of(std::size_t column) const;
  };

  void seal();

  std::deque<Block> blocks_;
  std::size_t bit_words_ = 0;  // of all blocks
  std::unique_ptr<std::array<std::array<std::int64_t, block_rows>, columns>> open_;
  std::size_t open_rows_ = 0;
};

}  // namespace cachewitness::verdict
