// RankSearch: the value of a rank among values that are shown over and over instead of kept: each round narrows
// down where it lies.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <vector>

namespace cachewitness::verdict {

class RankSearch {
 public:
  // Of `rank` others that are not greater, all of them within [least, greatest]. Requires: least <= greatest.
  RankSearch(std::int64_t least, std::int64_t greatest, std::uint64_t rank)
      : least_(static_cast<std::uint64_t>(least)),
        bits_(static_cast<unsigned>(std::bit_width(static_cast<std::uint64_t>(greatest) - least_))),
        rank_(rank) {}

  [[nodiscard]] bool is_found() const { return bits_ == 0; }
  // Requires: is_found().
  [[nodiscard]] std::int64_t value() const { return static_cast<std::int64_t>(least_); }

  void start_round() { counts_.assign(is_found() ? 0 : buckets, 0); }
  // To be shown every value, once a round.
  void show(std::int64_t value) {
    const std::uint64_t above = static_cast<std::uint64_t>(value) - least_;
    if (!is_found() && (bits_ == 64 || (above >> bits_) == 0)) {
      ++counts_[above >> shift()];
    }
  }
  // Requires: every value was shown.
  void end_round() {
    if (is_found()) {
      return;
    }
    std::size_t bucket = 0;
    for (; bucket + 1 < buckets && rank_ >= counts_[bucket]; ++bucket) {
      rank_ -= counts_[bucket];
    }
    least_ += std::uint64_t{bucket} << shift();
    bits_ = shift();
  }

 private:
  static constexpr unsigned round_bits = 10;
  static constexpr std::size_t buckets = std::size_t{1} << round_bits;

  [[nodiscard]] unsigned shift() const { return bits_ > round_bits ? bits_ - round_bits : 0; }

  std::uint64_t least_;  // what is left is [least_, least_ + 2^bits_)
  unsigned bits_;
  std::uint64_t rank_;  // within that
  std::vector<std::uint32_t> counts_;
};

}  // namespace cachewitness::verdict
