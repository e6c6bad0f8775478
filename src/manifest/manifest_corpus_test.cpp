// tests/manifests: good ones are read, bad ones are told exactly as their .expected says.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "manifest/parse_manifest.h"

namespace cachewitness::manifest {
namespace {

namespace fs = std::filesystem;

std::string bytes_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<fs::path> manifests_in(std::string_view folder) {
  std::vector<fs::path> paths;
  for (const auto& entry : fs::directory_iterator(fs::path(CACHEWITNESS_SOURCE_DIR) / "tests/manifests" / folder)) {
    if (entry.path().extension() == ".yaml") {
      paths.push_back(entry.path());
    }
  }
  std::ranges::sort(paths);
  return paths;
}

TEST(ManifestCorpus, ReadsEveryGoodManifest) {
  const auto paths = manifests_in("good");
  ASSERT_GE(paths.size(), 4U);
  for (const fs::path& path : paths) {
    const auto manifest = parse_manifest(bytes_of(path), path.filename(), {.has_http3 = true});
    EXPECT_TRUE(manifest) << (manifest ? std::string() : manifest.error().front().text());
  }
}

TEST(ManifestCorpus, TellsEveryFaultOfABadManifestAsExpected) {
  const auto paths = manifests_in("bad");
  ASSERT_GE(paths.size(), 50U);
  for (const fs::path& path : paths) {
    SCOPED_TRACE(path.filename().string());
    const auto manifest = parse_manifest(bytes_of(path), path.filename(), {.has_http3 = true});
    ASSERT_FALSE(manifest);
    std::string told;
    for (const base::Error& error : manifest.error()) {
      told += error.text() + "\n";
      EXPECT_EQ(error.id.exit_code, base::ExitCode::usage);
      EXPECT_EQ(error.message.find('\n'), std::string::npos) << "one line a fault";
    }
    EXPECT_EQ(told, bytes_of(fs::path(path).replace_extension(".expected")));
    EXPECT_EQ(told.find("hunter2"), std::string::npos) << "a secret was shown";
  }
}

}  // namespace
}  // namespace cachewitness::manifest
