#include "verdict/ledger.h"

#include <algorithm>
#include <bit>

#include "base/assert.h"

namespace cachewitness::verdict {

namespace {

constexpr std::size_t word_bits = 64;
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
std::int64_t restored(std::int64_t least, std::uint64_t difference) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(least) + difference);
}

}  // namespace

const Ledger::Part* Ledger::Block::part_of(std::size_t column) const {
  const auto* const end = parts.data() + parts_count;
  const auto* const found =
      std::find_if(parts.data(), end, [column](const Part& part) { return part.column == column; });
  return found == end ? nullptr : found;
}

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
  Block& block = blocks_.emplace_back();
  for (std::size_t column = 0; column < columns; ++column) {
    const auto [low, high] = std::ranges::minmax((*open_)[column]);
    block.least[column] = low;
    const int width = std::bit_width(static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low));
    if (width > 0) {
      block.parts[block.parts_count++] = {static_cast<std::uint16_t>(block.row_width), static_cast<std::uint8_t>(width),
                                          static_cast<std::uint8_t>(column)};
      block.row_width += static_cast<std::uint32_t>(width);
    }
  }
  const std::size_t words = (block.row_width * block_rows + word_bits - 1) / word_bits + 1;
  block.bits = std::make_unique<std::uint64_t[]>(words);
  bit_words_ += words;
  for (std::uint32_t i = 0; i < block.parts_count; ++i) {
    const Part& part = block.parts[i];
    for (std::size_t row = 0; row < block_rows; ++row) {
      write_bits(block.bits.get(), row * block.row_width + part.at, part.width,
                 static_cast<std::uint64_t>((*open_)[part.column][row]) -
                     static_cast<std::uint64_t>(block.least[part.column]));
    }
  }
  open_rows_ = 0;
}

Ledger::Row Ledger::row(std::size_t index) const {
  const std::size_t number = index / block_rows;
  const std::size_t in_block = index % block_rows;
  if (number == blocks_.size()) {
    CW_ASSERT(in_block < open_rows_);
    Row row;  // every column is set
    for (std::size_t column = 0; column < columns; ++column) {
      row[column] = (*open_)[column][in_block];
    }
    return row;
  }
  CW_ASSERT(number < blocks_.size());
  const Block& block = blocks_[number];
  Row row = block.least;
  for (std::uint32_t i = 0; i < block.parts_count; ++i) {
    const Part& part = block.parts[i];
    row[part.column] =
        restored(row[part.column], read_bits(block.bits.get(), in_block * block.row_width + part.at, part.width));
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
  const Block& block = blocks_[number];
  const Part* part = block.part_of(column);
  return part == nullptr ? block.least[column]
                         : restored(block.least[column],
                                    read_bits(block.bits.get(), in_block * block.row_width + part->at, part->width));
}

std::size_t Ledger::read_column(std::size_t first, std::size_t column,
                                std::array<std::int64_t, block_rows>& out) const {
  const std::size_t number = first / block_rows;
  if (number == blocks_.size()) {
    out = (*open_)[column];
    return open_rows_;
  }
  const Block& block = blocks_[number];
  out.fill(block.least[column]);
  if (const Part* part = block.part_of(column)) {
    for (std::size_t row = 0; row < block_rows; ++row) {
      out[row] = restored(out[row], read_bits(block.bits.get(), row * block.row_width + part->at, part->width));
    }
  }
  return block_rows;
}

std::size_t Ledger::memory_bytes() const {
  return bit_words_ * sizeof(std::uint64_t) + blocks_.size() * sizeof(Block) + (open_ ? sizeof *open_ : 0);
}

}  // namespace cachewitness::verdict
