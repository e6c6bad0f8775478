#include "lab/content.h"

#include <gtest/gtest.h>

#include <set>

#include "lab/catalogue.h"

namespace cachewitness::lab {
namespace {

TEST(TenantNames, AreDifferentAndBeginWithThoseOfTheStory) {
  const auto names = tenant_names(20'000);
  EXPECT_EQ(names.size(), 20'000U);
  EXPECT_EQ(std::set<std::string>(names.begin(), names.end()).size(), names.size());
  EXPECT_EQ(std::vector<std::string>(names.begin(), names.begin() + 5),
            (std::vector<std::string>{"tenant-abc", "tenant-xyz", "tenant-pqr", "tenant-lmn", "tenant-aaa"}));
  EXPECT_EQ(tenant_names(1), std::vector<std::string>{"tenant-abc"});
}

TEST(Catalogue, FindsATenantInThePathOrInTheHost) {
  const Catalogue catalogue({"tenant-abc", "tenant-xyz"}, {"/asset.js", "/app.css?v=2"});
  struct Row {
    const char* host;
    const char* target;
    std::optional<Subject> expected;
  };
  const Row rows[] = {{"cdn-apac.example.com", "/tenant-xyz/asset.js", Subject{1, 0}},
                      {"cdn-apac.example.com", "/tenant-abc/app.css?v=2", Subject{0, 1}},
                      {"tenant-xyz.example.com", "/app.css?v=2", Subject{1, 1}},
                      {"cdn-apac.example.com", "/tenant-abc/app.css", std::nullopt},
                      {"cdn-apac.example.com", "/tenant-zzz/asset.js", std::nullopt},
                      {"cdn-apac.example.com", "/asset.js", std::nullopt},
                      {"", "", std::nullopt},
                      {"", "/", std::nullopt}};
  for (const Row& row : rows) {
    SCOPED_TRACE(row.target);
    EXPECT_EQ(catalogue.find(row.host, row.target), row.expected);
  }
  EXPECT_EQ(catalogue.target({1, 0}), "/tenant-xyz/asset.js");
}

class ContentTest : public ::testing::Test {
 protected:
  Catalogue catalogue_{{"tenant-abc", "tenant-xyz"}, {"/asset.js"}};
  Content content_{catalogue_};
};

TEST_F(ContentTest, DiffersByTenantReleaseAndCoding) {
  std::set<std::string> bodies;
  std::set<std::string> tags;
  for (const std::uint32_t tenant : {0U, 1U}) {
    for (const std::uint32_t release : {1U, 2U}) {
      for (const Coding coding : {Coding::identity, Coding::gzip}) {
        const Representation& page = content_.representation({tenant, 0}, release, coding);
        bodies.insert(page.body);
        tags.insert(page.etag);
      }
    }
  }
  EXPECT_EQ(bodies.size(), 8U);
  EXPECT_EQ(tags.size(), 8U);
}

TEST_F(ContentTest, IsTheSameEachTimeItIsMade) {
  const std::string first = content_.representation({1, 0}, 3, Coding::gzip).body;
  content_.forget_before(4);
  EXPECT_EQ(content_.representation({1, 0}, 3, Coding::gzip).body, first);
  EXPECT_TRUE(first.starts_with("\x1f\x8b"));
}

TEST(Content, NegotiatesGzipAsTheClientWeighsIt) {
  struct Row {
    const char* accept_encoding;
    Coding expected;
  };
  const Row rows[] = {{"", Coding::identity},
                      {"gzip", Coding::gzip},
                      {"gzip, deflate, br", Coding::gzip},
                      {"br;q=1.0, GZIP;q=0.8", Coding::gzip},
                      {"gzip;q=0", Coding::identity},
                      {"gzip; q=0.000, *", Coding::identity},
                      {"*", Coding::gzip},
                      {"*;q=0", Coding::identity},
                      {"identity", Coding::identity},
                      {"x-gzip", Coding::gzip},
                      {",,;=,", Coding::identity}};
  for (const Row& row : rows) {
    SCOPED_TRACE(row.accept_encoding);
    EXPECT_EQ(negotiated_coding(row.accept_encoding), row.expected);
  }
}

TEST(Content, KnowsTypesBySuffix) {
  EXPECT_EQ(content_type_of("/asset.js"), "text/javascript; charset=utf-8");
  EXPECT_EQ(content_type_of("/app.css?v=2"), "text/css; charset=utf-8");
  EXPECT_EQ(content_type_of("/logo.bin"), "application/octet-stream");
}

}  // namespace
}  // namespace cachewitness::lab
