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
      {"16 servers at 300 edges", 16, 0.95, 300, 135},
      {"certainty is bounded", 2, 1.0, 1, most_samples},
      {"no confidence still asks once", 4, 0.0, 3, 1},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(samples_needed(row.servers, row.confidence, row.edges), row.expected) << row.name;
  }
}

}  // namespace
}  // namespace cachewitness::plan
