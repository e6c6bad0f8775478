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

}  // namespace
}  // namespace cachewitness::http
