#include "verdict/rank_search.h"

#include <algorithm>
#include <limits>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace cachewitness::verdict {
namespace {

std::int64_t searched(const std::vector<std::int64_t>& values, std::uint64_t rank) {
  const auto [least, greatest] = std::ranges::minmax(values);
  RankSearch search(least, greatest, rank);
  while (!search.is_found()) {
    search.start_round();
    std::ranges::for_each(values, [&](std::int64_t value) { search.show(value); });
    search.end_round();
  }
  return search.value();
}

TEST(RankSearch, FindsWhatSortingFinds) {
  std::mt19937_64 random(1);
  for (const unsigned bits : {1U, 3U, 9U, 10U, 11U, 20U, 30U, 63U, 64U}) {
    std::vector<std::int64_t> values;
    for (int i = 0; i < 500; ++i) {
      values.push_back(static_cast<std::int64_t>(random() >> (64 - bits)) - 300);
    }
    if (bits == 64) {
      values.push_back(std::numeric_limits<std::int64_t>::min());
      values.push_back(std::numeric_limits<std::int64_t>::max());
    }
    std::vector<std::int64_t> sorted = values;
    std::ranges::sort(sorted);
    for (std::size_t rank = 0; rank < sorted.size(); ++rank) {
      EXPECT_EQ(searched(values, rank), sorted[rank]) << bits << " bits, rank " << rank;
    }
  }
}

TEST(RankSearch, IsDoneAtOnceWhereAllAreEqual) { EXPECT_EQ(searched({7, 7, 7}, 2), 7); }

}  // namespace
}  // namespace cachewitness::verdict
