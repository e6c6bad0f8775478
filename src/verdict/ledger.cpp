#include "verdict/ledger.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/assert.h"

namespace cachewitness::verdict {

namespace {

constexpr std::size_t word_bits = 64;
constexpr std::size_t widths_at = Ledger::columns;  // one byte a column
constexpr std::size_t row_width_at = widths_at + (Ledger::columns + sizeof(std::uint64_t) - 1) / sizeof(std::uint64_t);
constexpr std::size_t rows_at = row_width_at + 1;

using Widths = std::array<std::uint8_t, Ledger::columns>;

Widths widths_of(const std::uint64_t* block) {
  Widths widths{};
  std::memcpy(widths.data(), block + widths_at, widths.size());
  return widths;
}

std::uint64_t read_bits(const std::uint64_t* rows, std::size_t at, std::size_t width) {
  const std::size_t word = at / word_bits;
  const std::size_t shift = at % word_bits;
  std::uint64_t bits = rows[word] >> shift;
  if (shift + width > word_bits) {
    bits |= rows[word + 1] << (word_bits - shift);
  }
  return width == word_bits ? bits : bits & ((std::uint64_t{1} << width) - 1);
}

void write_bits(std::uint64_t* rows, std::size_t at, std::size_t width, std::uint64_t bits) {
  const std::size_t word = at / word_bits;
  const std::size_t shift = at % word_bits;
  rows[word] |= bits << shift;
  if (shift + width > word_bits) {
    rows[word + 1] |= bits >> (word_bits - shift);
  }
}

// Modulo 2^64: a column may hold both ends of the range.
std::int64_t restored(std::uint64_t least, std::uint64_t difference) {
  return static_cast<std::int64_t>(least + difference);
}

}  // namespace

void Ledger::append(const Row& row) {
  if (!open_) {
    open_ = std::make_unique<std::array<std::array<std::int64_t, block_rows>, columns>>();
  }
  for (std::size_t column = 0; column < columns; ++column) {
    (*open_)[column][open_rows_] = row[column];
  }
  if (++open_rows_ == block_rows) {
    seal();
  }
}

void Ledger::seal() {
  std::array<std::uint64_t, columns> least{};
  Widths widths{};
  std::size_t row_width = 0;
  for (std::size_t column = 0; column < columns; ++column) {
    const auto [low, high] = std::ranges::minmax((*open_)[column]);
    least[column] = static_cast<std::uint64_t>(low);
    widths[column] = static_cast<std::uint8_t>(std::bit_width(static_cast<std::uint64_t>(high) - least[column]));
    row_width += widths[column];
  }
  const std::size_t words = rows_at + (row_width * block_rows + word_bits - 1) / word_bits + 1;
  Words block = std::make_unique<std::uint64_t[]>(words);
  std::ranges::copy(least, block.get());
  std::memcpy(block.get() + widths_at, widths.data(), widths.size());
  block[row_width_at] = row_width;
  std::size_t before = 0;  // bits of the columns before this one
  for (std::size_t column = 0; column < columns; ++column) {
    for (std::size_t row = 0; row < block_rows && widths[column] > 0; ++row) {
      write_bits(block.get() + rows_at, row * row_width + before, widths[column],
                 static_cast<std::uint64_t>((*open_)[column][row]) - least[column]);
    }
    before += widths[column];
  }
  packed_words_ += words;
  blocks_.push_back(std::move(block));
  open_rows_ = 0;
}

Ledger::Row Ledger::row(std::size_t index) const {
  const std::size_t number = index / block_rows;
  const std::size_t in_block = index % block_rows;
  Row row;  // every column is set
  if (number == blocks_.size()) {
    CW_ASSERT(in_block < open_rows_);
    for (std::size_t column = 0; column < columns; ++column) {
      row[column] = (*open_)[column][in_block];
    }
    return row;
  }
  CW_ASSERT(number < blocks_.size());
  const std::uint64_t* block = blocks_[number].get();
  const Widths widths = widths_of(block);
  std::size_t at = in_block * block[row_width_at];
  for (std::size_t column = 0; column < columns; ++column) {
    row[column] = static_cast<std::int64_t>(block[column]);
    if (const std::size_t width = widths[column]; width > 0) {
      row[column] = restored(block[column], read_bits(block + rows_at, at, width));
      at += width;
    }
  }
  return row;
}

std::int64_t Ledger::value(std::size_t index, std::size_t column) const {
  const std::size_t number = index / block_rows;
  const std::size_t in_block = index % block_rows;
  if (number == blocks_.size()) {
    CW_ASSERT(in_block < open_rows_);
    return (*open_)[column][in_block];
  }
  CW_ASSERT(number < blocks_.size());
  const std::uint64_t* block = blocks_[number].get();
  const Widths widths = widths_of(block);
  std::size_t at = in_block * block[row_width_at];
  for (std::size_t before = 0; before < column; ++before) {
    at += widths[before];
  }
  return restored(block[column], read_bits(block + rows_at, at, widths[column]));
}

std::size_t Ledger::read_column(std::size_t first, std::size_t column,
                                std::array<std::int64_t, block_rows>& out) const {
  const std::size_t number = first / block_rows;
  if (number == blocks_.size()) {
    out = (*open_)[column];
    return open_rows_;
  }
  const std::uint64_t* block = blocks_[number].get();
  const Widths widths = widths_of(block);
  if (widths[column] == 0) {
    out.fill(static_cast<std::int64_t>(block[column]));
    return block_rows;
  }
  std::size_t at = 0;
  for (std::size_t before = 0; before < column; ++before) {
    at += widths[before];
  }
  for (std::int64_t& value : out) {
    value = restored(block[column], read_bits(block + rows_at, at, widths[column]));
    at += block[row_width_at];
  }
  return block_rows;
}

std::size_t Ledger::memory_bytes() const {
  return packed_words_ * sizeof(std::uint64_t) + blocks_.capacity() * sizeof(Words) + (open_ ? sizeof *open_ : 0);
}

}  // namespace cachewitness::verdict
