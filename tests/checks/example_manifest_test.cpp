// The annotated example is what newcomers copy: it must be right.
#include <fstream>
#include <iterator>
#include <string>

#include <gtest/gtest.h>

#include "manifest/parse_manifest.h"

namespace cachewitness::manifest {
namespace {

TEST(ExampleManifest, ParsesWithoutAFault) {
  const std::string path = std::string(CACHEWITNESS_SOURCE_DIR) + "/examples/cachewitness.yaml";
  std::ifstream file(path, std::ios::binary);
  ASSERT_TRUE(file);
  const std::string text(std::istreambuf_iterator<char>(file), {});
  const auto manifest = parse_manifest(text, path);
  ASSERT_TRUE(manifest) << manifest.error().front().text();
  ASSERT_EQ(manifest->environments.size(), 2U);
  EXPECT_EQ(manifest->environments[0].regions.size(), 4U);
  EXPECT_EQ(manifest->checks.at(0).argv.back(), "cdn-verify.py");
}

}  // namespace
}  // namespace cachewitness::manifest
