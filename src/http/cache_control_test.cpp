#include "http/cache_control.h"

#include <gtest/gtest.h>

namespace cachewitness::http {
namespace {

TEST(CacheControl, ReadsDirectivesTolerantly) {
  const CacheControl control = parse_cache_control(R"( Public, max-age="60" ,,s-maxage = 120, x="a,b", =7)");
  ASSERT_EQ(control.directives.size(), 4U);
  EXPECT_TRUE(control.has("public"));
  EXPECT_EQ(control.seconds("max-age"), 60);
  EXPECT_EQ(control.shared_lifetime(), 120);
  EXPECT_EQ(control.directives[3].value, "a,b");
}

TEST(CacheControl, TakesTheFirstOfDuplicates) {
  EXPECT_EQ(parse_cache_control("max-age=10, max-age=20").seconds("max-age"), 10);
}

TEST(CacheControl, HasNoSecondsWhereTheArgumentIsNoNumber) {
  for (const char* value : {"max-age", "max-age=", "max-age=-1", "max-age=1.5", "max-age=1s", "", "max-age=0x10"}) {
    EXPECT_EQ(parse_cache_control(value).seconds("max-age"), std::nullopt) << value;
  }
}

TEST(CacheControl, CapsSecondsAtTwoToThe31) {
  EXPECT_EQ(parse_cache_control("max-age=99999999999999999999999").seconds("max-age"), std::int64_t{1} << 31);
}

TEST(CacheControl, ComparesAsSets) {
  struct Row {
    const char* a;
    const char* b;
    bool expected;
  };
  for (const Row& row : {Row{"public, max-age=60", "MAX-AGE=60,public", true}, Row{"max-age=60", "max-age=61", false},
                         Row{"max-age=60", "max-age=60, max-age=60", true}, Row{"public", "", false},
                         Row{"max-age=\"60\"", "max-age=60", true}, Row{"private=\"A\"", "private=a", false}}) {
    EXPECT_EQ(same_directives(parse_cache_control(row.a), parse_cache_control(row.b)), row.expected)
        << row.a << " | " << row.b;
  }
}

}  // namespace
}  // namespace cachewitness::http
