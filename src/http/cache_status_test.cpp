#include "http/cache_status.h"

#include <string>

#include <gtest/gtest.h>

#include "http/structured_list.h"

namespace cachewitness::http {
namespace {

TEST(CacheStatus, ReadsEachHopFromOriginToClient) {
  const auto hops = parse_cache_status(
      R"(OriginCache; hit; ttl=1100, "CDN Company Here"; fwd=uri-miss; fwd-status=200; stored=?0; detail="a \"b\"")");
  ASSERT_EQ(hops.size(), 2U);
  EXPECT_EQ(hops[0].cache, "OriginCache");
  EXPECT_EQ(hops[0].ttl, 1100);
  EXPECT_EQ(hops[0].mark(), CacheMark::hit);
  EXPECT_EQ(hops[1].cache, "CDN Company Here");
  EXPECT_EQ(hops[1].forward_status, 200);
  EXPECT_EQ(hops[1].is_stored, false);
  EXPECT_EQ(hops[1].detail, "a \"b\"");
  EXPECT_EQ(hops[1].mark(), CacheMark::miss);
}

TEST(CacheStatus, MarksFollowRfc9211Section2) {
  struct Row {
    const char* value;
    CacheMark expected;
  };
  const Row rows[] = {{"c; hit; ttl=-412", CacheMark::stale}, {"c; hit; fwd=stale", CacheMark::stale},
                      {"c; fwd=stale", CacheMark::expired},   {"c; fwd=stale; fwd-status=304", CacheMark::revalidated},
                      {"c; fwd=bypass", CacheMark::bypass},   {"c; fwd=method", CacheMark::bypass},
                      {"c; fwd=vary-miss", CacheMark::miss},  {"c", CacheMark::none},
                      {"c; hit=?0", CacheMark::none},         {"c; hit=?0; hit", CacheMark::hit}};
  for (const Row& row : rows) {
    const auto hops = parse_cache_status(row.value);
    ASSERT_EQ(hops.size(), 1U) << row.value;
    EXPECT_EQ(name(hops[0].mark()), name(row.expected)) << row.value;
  }
}

TEST(CacheStatus, DropsAMemberThatDoesNotParseAndKeepsTheRest) {
  const auto hops = parse_cache_status(R"((a b); hit, good; hit, bad; =1, "unclosed; hit)");
  ASSERT_EQ(hops.size(), 1U);
  EXPECT_EQ(hops[0].cache, "good");
}

TEST(CacheStatus, BoundsWhatAHostilePeerMakesUsHold) {
  std::string value;
  for (int i = 0; i < 5000; ++i) {
    value += "c;hit,";
  }
  EXPECT_EQ(parse_cache_status(value).size(), max_list_members);
}

TEST(StructuredList, ReadsEveryBareItemOfRfc9651) {
  const auto list = parse_structured_list("tok*/en;a=1;b=-2.5;c=?0;d=@1659578233;e=:aGk=:;f=\"x\\\\\"");
  ASSERT_EQ(list.size(), 1U);
  EXPECT_EQ(list[0].value.text, "tok*/en");
  const char* expected[] = {"1", "-2.5", "?0", "1659578233", "aGk=", "x\\"};
  ASSERT_EQ(list[0].parameters.size(), 6U);
  for (std::size_t i = 0; i < 6; ++i) {
    EXPECT_EQ(list[0].parameters[i].value.text, expected[i]);
  }
}

}  // namespace
}  // namespace cachewitness::http
