#include "http/age.h"

#include <gtest/gtest.h>

namespace cachewitness::http {
namespace {

TEST(Age, TakesTheFirstValidDeltaSeconds) {
  struct Row {
    const char* value;
    std::optional<std::int64_t> expected;
  };
  const Row rows[] = {{"0", 0},
                      {"165525", 165525},
                      {"12, 7", 12},
                      {"x, 7", 7},
                      {"-1", std::nullopt},
                      {"1.5", std::nullopt},
                      {"", std::nullopt},
                      {"99999999999", std::int64_t{1} << 31}};
  for (const Row& row : rows) {
    EXPECT_EQ(parse_age(row.value), row.expected) << row.value;
  }
}

}  // namespace
}  // namespace cachewitness::http
