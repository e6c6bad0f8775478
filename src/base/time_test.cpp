#include "base/time.h"

#include <chrono>
#include <string_view>

#include <gtest/gtest.h>

namespace cachewitness::base {
namespace {

TEST(Human, GivesAsManyDigitsAsAPersonReads) {
  using std::chrono::microseconds;
  using std::chrono::milliseconds;
  using std::chrono::nanoseconds;
  using std::chrono::seconds;
  struct Row {
    Duration duration;
    std::string_view expected;
  };
  for (const Row& row :
       {Row{{}, "0 ms"}, Row{nanoseconds(1), "0.01 ms"}, Row{microseconds(70), "0.07 ms"},
        Row{microseconds(412), "0.41 ms"}, Row{microseconds(1520), "1.52 ms"}, Row{milliseconds(25), "25 ms"},
        Row{milliseconds(283), "283 ms"}, Row{milliseconds(4690), "4.69 s"}, Row{seconds(61), "1 m 01 s"},
        Row{seconds(7260), "2 h 01 m"}, Row{milliseconds(-25), "-25 ms"}}) {
    EXPECT_EQ(human(row.duration), row.expected);
  }
}

}  // namespace
}  // namespace cachewitness::base
