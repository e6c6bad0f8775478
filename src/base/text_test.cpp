#include "base/text.h"

#include <cstdint>
#include <limits>
#include <string_view>

#include <gtest/gtest.h>

namespace cachewitness::base {
namespace {

// Long strings are looked at eight bytes at a time, short ones byte by byte.
TEST(JsonString, IsEscapedTheSameWhereverAByteStands) {
  for (int byte = 0; byte < 256; ++byte) {
    const std::string one(1, static_cast<char>(byte));
    std::string alone;
    append_json_string(alone, one);
    const std::string escaped = alone.substr(1, alone.size() - 2);
    for (std::size_t before = 0; before < 17; ++before) {
      for (std::size_t after = 0; after < 17; ++after) {
        std::string out;
        append_json_string(out, std::string(before, ' ') + one + std::string(after, '~'));
        ASSERT_EQ(out, '"' + std::string(before, ' ') + escaped + std::string(after, '~') + '"') << byte;
        ASSERT_EQ(is_utf8(std::string(before, ' ') + one + std::string(after, '~')), byte < 0x80) << byte;
      }
    }
  }
}

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
