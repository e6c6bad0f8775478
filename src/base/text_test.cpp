#include "base/text.h"

#include <cstdint>
#include <limits>
#include <string_view>

#include <gtest/gtest.h>

namespace cachewitness::base {
namespace {

TEST(Text, GroupsDigitsByThreeWithNothingThatALineCouldBreakAt) {
  struct Row {
    std::uint64_t number;
    std::string_view expected;
  };
  for (const Row& row : {Row{0, "0"}, Row{999, "999"}, Row{1000, "1,000"}, Row{1'234'567, "1,234,567"},
                         Row{std::numeric_limits<std::uint64_t>::max(), "18,446,744,073,709,551,615"}}) {
    EXPECT_EQ(grouped(row.number), row.expected);
  }
}

}  // namespace
}  // namespace cachewitness::base
