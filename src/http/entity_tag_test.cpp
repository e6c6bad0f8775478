#include "http/entity_tag.h"

#include <gtest/gtest.h>

namespace cachewitness::http {
namespace {

TEST(EntityTag, ComparesAsTheTableOfRfc9110Section8832) {
  struct Row {
    const char* a;
    const char* b;
    bool strong;
    bool weak;
  };
  for (const Row& row : {Row{"W/\"1\"", "W/\"1\"", false, true}, Row{"W/\"1\"", "W/\"2\"", false, false},
                         Row{"W/\"1\"", "\"1\"", false, true}, Row{"\"1\"", "\"1\"", true, true}}) {
    const auto a = parse_entity_tag(row.a);
    const auto b = parse_entity_tag(row.b);
    ASSERT_TRUE(a && b);
    EXPECT_EQ(strongly_equal(*a, *b), row.strong) << row.a << row.b;
    EXPECT_EQ(weakly_equal(*a, *b), row.weak) << row.a << row.b;
  }
}

TEST(EntityTag, CoreSurvivesWhatCompressingCachesDoToATag) {
  for (const char* tag : {"\"5f3a\"", "W/\"5f3a\"", "W/\"5f3a-gz\"", "\"5f3a-gzip\"", "\"5f3a;gzip\"", "\"5f3a-br\"",
                          "\"5f3a--gzip\"", "W/\"5f3a-zstd\"", "5f3a", "w/\"5f3a\""}) {
    EXPECT_EQ(core(tag), "5f3a") << tag;
  }
}

TEST(EntityTag, CoreKeepsWhatIsNoSuffix) {
  EXPECT_EQ(core("\"-gzip\""), "-gzip");
  EXPECT_EQ(core("\"abr\""), "abr");
  EXPECT_EQ(core("\"a-gzip-b\""), "a-gzip-b");
  EXPECT_EQ(core(""), "");
  EXPECT_EQ(core("\""), "\"");
}

}  // namespace
}  // namespace cachewitness::http
