#include "http/via.h"

#include <gtest/gtest.h>

namespace cachewitness::http {
namespace {

TEST(Via, ReadsHopsWithNestedComments) {
  const auto hops = parse_via("1.0 fred, HTTP/1.1 p.example.net:80 (Apache (2,4)/x), 1.1 varnish (Varnish/7.1)");
  ASSERT_EQ(hops.size(), 3U);
  EXPECT_EQ(hops[0].received_by, "fred");
  EXPECT_EQ(hops[1].comment, "Apache (2,4)/x");
  EXPECT_EQ(hops[2].protocol, "1.1");
}

TEST(Via, ReadsTheCodesMeasuredOnTrafficServer) {
  struct Row {
    const char* comment;
    CacheMark expected;
  };
  const Row rows[] = {{"ApacheTrafficServer/9.2.9 [cMsSfW]", CacheMark::miss},
                      {"ApacheTrafficServer/9.2.9 [cHs f ]", CacheMark::hit},
                      {"ApacheTrafficServer/9.2.9 [cRs f ]", CacheMark::hit},
                      {"ApacheTrafficServer/9.2.9 [cMsSf ]", CacheMark::miss},
                      {"ApacheTrafficServer/9.2.9 [cSsNfU]", CacheMark::revalidated},
                      {"ApacheTrafficServer/9.2.9 [cMsEf ]", CacheMark::error},
                      {"ATS [uScHs f p eN:t cCHp sN]", CacheMark::hit},
                      {"ATS [uScSsSfUpSeN:t cSSp sS]", CacheMark::expired},
                      {"uScMsSfWpSeN:t cCMp sS] [", CacheMark::none},
                      {"[uScMsSfWpSeN:t cCMp sS]", CacheMark::miss},
                      {"[uScHs f p eN:t cCHp s ]", CacheMark::hit},
                      {"[uScSsSfUpSeN:t cCSp sS]", CacheMark::expired},
                      {"[uScSsNfUpSeN:t cCSp sS]", CacheMark::revalidated},
                      {"[uScSs f p eN:t cCSp sS]", CacheMark::stale},
                      {"[uScAsSf p eN:t cCUp sS]", CacheMark::bypass},
                      {"ApacheTrafficServer [c s f ]", CacheMark::none},
                      {"[uScRs f p eN;t cCHp s ]", CacheMark::hit},
                      {"[]", CacheMark::none},
                      {"[:cHs]", CacheMark::none},
                      {"Varnish/7.1", CacheMark::none},
                      {"[", CacheMark::none}};
  for (const Row& row : rows) {
    EXPECT_EQ(name(traffic_server_mark(row.comment)), name(row.expected)) << row.comment;
  }
}

TEST(Via, TakesATrafficServerCodeApart) {
  const auto code = parse_traffic_server_code("ApacheTrafficServer/9.2.9 [uScMsSfWpSeN:tFcCMp sS]");
  ASSERT_TRUE(code);
  EXPECT_EQ(code->request, 'S');
  EXPECT_EQ(code->lookup, 'M');
  EXPECT_EQ(code->origin, 'S');
  EXPECT_EQ(code->fill, 'W');
  EXPECT_EQ(code->proxy, 'S');
  EXPECT_EQ(code->failure, 'N');
  EXPECT_EQ(code->tunnel, 'F');
  EXPECT_EQ(code->cache_type, 'C');
  EXPECT_EQ(code->cache_detail, 'M');
  EXPECT_EQ(parse_traffic_server_code("[cHs f ]")->fill, ' ');
  EXPECT_EQ(parse_traffic_server_code("[uS]"), std::nullopt) << "no lookup, no code";
}

TEST(Via, GivesTheMemberOfTheNearestHop) {
  EXPECT_EQ(last_via_member("1.0 fred, 1.1 p (a, b)"), "1.1 p (a, b)");
  EXPECT_EQ(last_via_member("1.0 fred , ,"), "1.0 fred");
  EXPECT_EQ(last_via_member(" , "), "");
  EXPECT_EQ(last_via_member(""), "");
}

}  // namespace
}  // namespace cachewitness::http
