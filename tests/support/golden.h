// Golden files: whole outputs under tests/golden, compared byte for byte. UPDATE_GOLDEN=1 rewrites them; the
// diff is then reviewed like code.
#pragma once

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include <gtest/gtest.h>

namespace cachewitness::tests {

inline void expect_golden(const std::string& name, const std::string& actual) {
  const std::string path = std::string(CACHEWITNESS_SOURCE_DIR) + "/tests/golden/" + name;
  if (std::getenv("UPDATE_GOLDEN") != nullptr) {
    std::ofstream(path, std::ios::binary) << actual;
    return;
  }
  std::ifstream file(path, std::ios::binary);
  ASSERT_TRUE(file) << path << " is missing; run with UPDATE_GOLDEN=1 to write it";
  const std::string expected(std::istreambuf_iterator<char>(file), {});
  EXPECT_EQ(actual, expected) << path << " differs; if that is meant, run with UPDATE_GOLDEN=1";
}

}  // namespace cachewitness::tests
