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
                      {"Varnish/7.1", CacheMark::none},
                      {"[", CacheMark::none}};
  for (const Row& row : rows) {
    EXPECT_EQ(name(traffic_server_mark(row.comment)), name(row.expected)) << row.comment;
  }
}

}  // namespace
}  // namespace cachewitness::http
