#include "http/vendor_status.h"

#include <string>

#include <gtest/gtest.h>

namespace cachewitness::http {
namespace {

VendorStatus read(const std::string& fields, std::string& raw) {
  raw = "HTTP/1.1 200 OK\r\n" + fields + "\r\n";
  ResponseHead head;
  EXPECT_TRUE(parse_response_head(raw, HeadLimits{}, head).has_value()) << fields;
  return read_vendor_status(head);
}

TEST(VendorStatus, ReadsTheWordsOfEveryVendorWeKnow) {
  struct Row {
    const char* fields;
    CacheMark expected;
  };
  const Row rows[] = {{"CF-Cache-Status: HIT\r\n", CacheMark::hit},
                      {"CF-Cache-Status: DYNAMIC\r\n", CacheMark::bypass},
                      {"CF-Cache-Status: NONE/UNKNOWN\r\n", CacheMark::none},
                      {"X-Cache: MISS, HIT\r\n", CacheMark::hit},
                      {"X-Cache: HIT\r\nX-Cache: MISS\r\n", CacheMark::miss},
                      {"X-Cache: Hit from cloudfront\r\n", CacheMark::hit},
                      {"X-Cache: RefreshHit from cloudfront\r\n", CacheMark::revalidated},
                      {"X-Cache: TCP_NEGATIVE_HIT from a23-4-5-6.deploy.akamaitechnologies.com (AkamaiGHost/11)\r\n",
                       CacheMark::negative_hit},
                      {"X-Cache: TCP_REFRESH_FAIL_HIT from a1\r\n", CacheMark::stale},
                      {"X-Cache: CONFIG_NOCACHE\r\n", CacheMark::bypass},
                      {"X-Cache-Status: UPDATING\r\n", CacheMark::updating},
                      {"X-Cache-Status: uncacheable\r\n", CacheMark::bypass},
                      {"x-vercel-cache: PRERENDER\r\n", CacheMark::hit},
                      {"CDN-Cache: EXPIRED\r\n", CacheMark::expired},
                      {"Cache-Status: \"Netlify Edge\"; fwd=miss\r\n", CacheMark::miss},
                      {"X-Varnish: 32770 5\r\n", CacheMark::hit},
                      {"X-Varnish: 32770\r\n", CacheMark::miss},
                      {"Via: http/1.1 edge (ApacheTrafficServer/9.2.9 [cHs f ])\r\n", CacheMark::hit},
                      {"X-Cache: REVALIDATE from apache\r\n", CacheMark::revalidated},
                      {"X-Cache: \x80\xff\r\n", CacheMark::none},
                      {"Server: nginx\r\n", CacheMark::none}};
  for (const Row& row : rows) {
    std::string raw;
    EXPECT_EQ(name(read(row.fields, raw).mark), name(row.expected)) << row.fields;
  }
}

TEST(VendorStatus, PrefersTheEdgesOwnHeaderToAShieldsXCache) {
  std::string raw;
  const VendorStatus status = read(
      "X-Cache: MISS\r\nVia: 1.1 varnish (Varnish/7.1), http/1.1 edge (ApacheTrafficServer/9.2.9 [cHs f ])\r\n", raw);
  EXPECT_EQ(name(status.mark), "hit");
  EXPECT_EQ(status.header, "via");
}

}  // namespace
}  // namespace cachewitness::http
