#include "plan/sampling.h"

#include <gtest/gtest.h>

#include <string_view>

namespace cachewitness::plan {
namespace {

// The numbers of a table made by simulation and by formula: one stale server among N.
TEST(Sampling, FindsOneStaleServerWithTheWantedChance) {
  struct Row {
    std::string_view name;
    std::uint32_t servers;
    double confidence;
    std::size_t edges;
    std::uint32_t expected;
  };
  constexpr Row rows[] = {
      {"one server answers for itself", 1, 0.99, 40, 1},
      {"none given counts as one", 0, 0.95, 1, 1},
      {"2 servers", 2, 0.95, 1, 5},
      {"2 servers, surer", 2, 0.99, 1, 7},
      {"8 servers", 8, 0.95, 1, 23},
      {"64 servers", 64, 0.99, 1, 293},
      {"16 servers at 10 edges", 16, 0.95, 10, 82},
      {"16 servers at 50 edges", 16, 0.95, 50, 107},
      {"16 servers at 100 edges, surer", 16, 0.99, 100, 143},
      {"16 servers at 300 edges", 16, 0.95, 300, 135},
      {"certainty is bounded", 2, 1.0, 1, most_samples},
      {"no confidence still asks once", 4, 0.0, 3, 1},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(samples_needed(row.servers, row.confidence, row.edges), row.expected) << row.name;
  }
}

// The connections that find one stale server of N with a chance of 95 and of 99 %, and one fewer, which do not.
TEST(Sampling, KnowsHowMuchBlindConnectionsWouldHaveSeen) {
  struct Row {
    std::uint32_t servers;
    std::uint32_t for_95;
    std::uint32_t for_99;
  };
  constexpr Row rows[] = {{2, 5, 7},     {4, 11, 17},   {8, 23, 35},   {16, 47, 72},
                          {24, 71, 109}, {32, 95, 146}, {64, 191, 293}};
  for (const Row& row : rows) {
    const auto power = [&row](std::uint32_t connections) { return detection_power(row.servers, {connections, 0}); };
    EXPECT_TRUE(reaches(power(row.for_95), 0.95)) << row.servers;
    EXPECT_FALSE(reaches(power(row.for_95 - 1), 0.95)) << row.servers;
    EXPECT_TRUE(reaches(power(row.for_99), 0.99)) << row.servers;
    EXPECT_FALSE(reaches(power(row.for_99 - 1), 0.99)) << row.servers;
  }
}

TEST(Sampling, KnowsHowMuchServersThatNameThemselvesLeaveUnseen) {
  struct Row {
    std::string_view name;
    std::uint32_t servers;
    Met met;
    double expected;
  };
  constexpr Row rows[] = {
      {"nothing met", 8, {0, 0}, 0},
      {"a single server met", 1, {3, 0}, 1},
      {"a single server, by its name", 1, {0, 1}, 1},
      {"a single server not met", 1, {0, 0}, 0},
      {"15 of 16", 16, {0, 15}, 0.9375},
      {"all of 16", 16, {0, 16}, 1},
      {"more than there are", 2, {0, 3}, 1},
      {"half, and one connection that may have met any", 4, {1, 2}, 1 - 0.5 * 0.75},
      {"one connection is one server, named or not", 8, {1, 0}, 0.125},
      {"the same, named", 8, {0, 1}, 0.125},
  };
  for (const Row& row : rows) {
    EXPECT_DOUBLE_EQ(detection_power(row.servers, row.met), row.expected) << row.name;
  }
}

TEST(Sampling, AsksEachOfManyEdgesForMore) {
  EXPECT_DOUBLE_EQ(confidence_of_each(0.95, 1), 0.95);
  EXPECT_DOUBLE_EQ(confidence_of_each(0.81, 2), 0.9);
  for (const std::size_t edges : {10U, 50U, 100U, 300U}) {
    const std::uint32_t needed = samples_needed(16, 0.95, edges);
    const double wanted = confidence_of_each(0.95, edges);
    EXPECT_TRUE(reaches(detection_power(16, {needed, 0}), wanted)) << edges;
    EXPECT_FALSE(reaches(detection_power(16, {needed - 1, 0}), wanted)) << edges;
  }
}

}  // namespace
}  // namespace cachewitness::plan
