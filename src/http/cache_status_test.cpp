#include "http/cache_status.h"

#include <string>

#include <gtest/gtest.h>

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
  EXPECT_EQ(parse_cache_status(value).size(), max_cache_status_hops);
}

TEST(CacheStatus, ReadsEveryParameterAndTheExamplesOfRfc9211) {
  struct Row {
    const char* section;
    const char* value;
    const char* expected;  // cache|mark|fwd|fwd-status|ttl|stored|collapsed|key|detail, "-" = absent
  };
  const auto flag = [](std::optional<bool> value) { return std::string(value ? *value ? "yes" : "no" : "-"); };
  const auto number = [](std::optional<std::int64_t> value) { return value ? std::to_string(*value) : "-"; };
  const Row rows[] = {
      {"2", "ExampleCache; hit; ttl=376", "ExampleCache|hit||-|376|-|-||"},
      {"2.2", "ExampleCache; fwd=uri-miss; collapsed", "ExampleCache|miss|uri-miss|-|-|-|yes||"},
      {"2.2, not collapsed", "ExampleCache; fwd=uri-miss; collapsed=?0", "ExampleCache|miss|uri-miss|-|-|-|no||"},
      {"2.3", "ExampleCache; fwd=stale; fwd-status=304", "ExampleCache|revalidated|stale|304|-|-|-||"},
      {"2.4", "ExampleCache; hit; ttl=-412", "ExampleCache|stale||-|-412|-|-||"},
      {"2.5", "ExampleCache; fwd=miss; stored", "ExampleCache|miss|miss|-|-|yes|-||"},
      {"2.7", "c; hit; key=\"https://a/b?c\"", "c|hit||-|-|-|-|https://a/b?c|"},
      {"2.8", "c; hit; detail=MEMORY", "c|hit||-|-|-|-||MEMORY"},
      {"2.2, partial", "c; fwd=partial; fwd-status=206", "c|miss|partial|206|-|-|-||"},
      {"2.2, request", "c; fwd=request", "c|bypass|request|-|-|-|-||"},
      {"a type that the RFC does not give", "c; hit=1; ttl=\"5\"; fwd-status=200.5; stored=yes", "c|none||-|-|-|-||"},
      {"Netlify's Boolean", "\"Netlify Durable\"; fwd=uri-miss; stored=true; ttl=3600",
       "Netlify Durable|miss|uri-miss|-|3600|yes|-||"},
      {"space before the semicolon", "c ; hit", "c|hit||-|-|-|-||"},
  };
  for (const Row& row : rows) {
    const auto hops = parse_cache_status(row.value);
    ASSERT_EQ(hops.size(), 1U) << row.section;
    const CacheStatusHop& hop = hops[0];
    std::string shown = hop.cache + "|" + std::string(name(hop.mark())) + "|" + hop.forward;
    for (const std::string& part : {number(hop.forward_status), number(hop.ttl), flag(hop.is_stored),
                                    flag(hop.is_collapsed), hop.key, hop.detail}) {
      shown += "|" + part;
    }
    EXPECT_EQ(shown, row.expected) << row.section;
  }
}

}  // namespace
}  // namespace cachewitness::http
