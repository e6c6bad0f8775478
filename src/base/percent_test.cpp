#include "base/percent.h"

#include <gtest/gtest.h>

namespace cachewitness::base {
namespace {

TEST(Percent, IsRoundedDownSoThatAHundredMeansAll) {
  EXPECT_EQ(percent(1), "100.0%");
  EXPECT_EQ(percent(0.99999), "99.9%");
  EXPECT_EQ(percent(0.986), "98.6%");
  EXPECT_EQ(percent(0), "0.0%");
  EXPECT_EQ(percent(0.99996, 2), "99.99%");
  EXPECT_EQ(percent(0.9999, 2), "99.99%");
  EXPECT_EQ(percent(1, 2), "100.00%");
}

}  // namespace
}  // namespace cachewitness::base
