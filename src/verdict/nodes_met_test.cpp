#include "verdict/nodes_met.h"

#include <gtest/gtest.h>

namespace cachewitness::verdict {
namespace {

TEST(NodesMet, KnowsTheOneNodeOfAConnection) {
  NodesMet met;
  EXPECT_EQ(met.on(7), std::nullopt);
  met.add(7, 100);
  met.add(0, 200);
  met.add(7, 100);
  EXPECT_EQ(met.on(7), 100U);
  EXPECT_EQ(met.on(0), 200U);
  EXPECT_EQ(met.on(8), std::nullopt);
}

TEST(NodesMet, DoesNotKnowWhichOfSeveralNodesAConnectionMet) {
  for (const bool is_asked_between : {false, true}) {
    NodesMet met;
    for (const std::uint64_t node : {3U, 1U, 2U, 1U}) {
      met.add(7, node);
      if (is_asked_between) {
        (void)met.on(7);
      }
    }
    met.add(8, 1);
    EXPECT_EQ(met.on(7), std::nullopt);
    EXPECT_EQ(met.on(8), 1U);
  }
}

TEST(NodesMet, StaysSmallWhateverAPeerCallsItself) {
  NodesMet met;
  for (std::uint64_t i = 0; i < 200'000; ++i) {
    met.add(i % 10, i);
  }
  met.add(11, 5);
  EXPECT_EQ(met.on(3), std::nullopt);
  EXPECT_EQ(met.on(11), 5U);
  EXPECT_LT(met.memory_bytes(), 300'000U);
}

}  // namespace
}  // namespace cachewitness::verdict
