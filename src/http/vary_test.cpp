#include "http/vary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cachewitness::http {
namespace {

TEST(Vary, IsASetOfLowerCaseNames) {
  const Vary vary = parse_vary("Accept-Encoding, user-agent,,accept-encoding");
  EXPECT_THAT(vary.names, testing::ElementsAre("accept-encoding", "user-agent"));
  EXPECT_TRUE(vary.has("user-agent"));
  EXPECT_FALSE(vary.has("cookie"));
  EXPECT_FALSE(vary.is_any);
}

TEST(Vary, TellsTheStarFromNames) {
  const Vary vary = parse_vary("*, Cookie");
  EXPECT_TRUE(vary.is_any);
  EXPECT_THAT(vary.names, testing::ElementsAre("cookie"));
  EXPECT_TRUE(parse_vary("").is_empty());
}

// RFC 9111 4.1.
TEST(Vary, TellsWhetherTwoRequestsSelectTheSameResponse) {
  struct Row {
    const char* name;
    const char* vary;
    std::vector<Field> original;
    std::vector<Field> presented;
    bool expected;
  };
  const Row rows[] = {
      {"no Vary", "", {{"accept-encoding", "gzip"}}, {}, true},
      {"equal", "Accept-Encoding", {{"Accept-Encoding", "gzip"}}, {{"accept-encoding", "gzip"}}, true},
      {"different", "Accept-Encoding", {{"Accept-Encoding", "gzip"}}, {{"Accept-Encoding", "br"}}, false},
      {"other fields do not count", "Accept-Encoding", {{"Cookie", "a"}}, {{"Cookie", "b"}}, true},
      {"absent in both", "Cookie", {}, {}, true},
      {"absent in one", "Cookie", {{"Cookie", "a"}}, {}, false},
      {"absent is not empty", "Cookie", {{"Cookie", ""}}, {}, false},
      {"absent is not identity", "Accept-Encoding", {{"Accept-Encoding", "identity"}}, {}, false},
      {"white space", "Accept-Encoding", {{"Accept-Encoding", "gzip,br"}}, {{"Accept-Encoding", "gzip ,  br"}}, true},
      {"two lines", "Accept", {{"Accept", "a, b"}}, {{"Accept", "a"}, {"X", "y"}, {"accept", "b"}}, true},
      {"order counts", "Accept-Language", {{"Accept-Language", "de, en"}}, {{"Accept-Language", "en, de"}}, false},
      {"case counts", "User-Agent", {{"User-Agent", "A"}}, {{"User-Agent", "a"}}, false},
      {"one more member", "Accept", {{"Accept", "a"}}, {{"Accept", "a, b"}}, false},
      {"one of two names differs",
       "Accept, Cookie",
       {{"Accept", "a"}, {"Cookie", "1"}},
       {{"Accept", "a"}, {"Cookie", "2"}},
       false},
      {"the star", "*", {}, {}, false},
      {"the star beside names", "Accept, *", {{"Accept", "a"}}, {{"Accept", "a"}}, false},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(parse_vary(row.vary).matches(row.original, row.presented), row.expected) << row.name;
    EXPECT_EQ(parse_vary(row.vary).matches(row.presented, row.original), row.expected) << row.name << ", reversed";
  }
}

}  // namespace
}  // namespace cachewitness::http
