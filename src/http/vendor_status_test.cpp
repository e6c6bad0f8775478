#include "http/vendor_status.h"

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/text.h"
#include "http/provider_fields.h"

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

TEST(VendorStatus, GivesAWordOfAFieldOneMeaning) {
  // What makes it possible to read a field of a provider that is not known.
  for (const ProviderRow& a : provider_rows()) {
    for (const ProviderRow& b : provider_rows()) {
      for (const StatusField& of_a : a.status) {
        for (const StatusField& of_b : b.status) {
          if (of_a.field != of_b.field) {
            continue;
          }
          EXPECT_EQ(of_a.syntax, of_b.syntax) << a.slug << " and " << b.slug;
          for (const StatusWord& word : of_a.words) {
            for (const StatusWord& other : of_b.words) {
              if (base::equals_ignoring_case(word.text, other.text)) {
                EXPECT_EQ(word.mark, other.mark) << a.slug << " and " << b.slug << ": " << word.text;
              }
            }
          }
        }
      }
    }
  }
}

TEST(VendorStatus, RanksEveryFieldThatTellsAStatusOnce) {
  std::vector<FieldNumber> ranked(status_fields().begin(), status_fields().end());
  std::vector<FieldNumber> told;
  for (const ProviderRow& row : provider_rows()) {
    for (const StatusField& status : row.status) {
      told.push_back(status.field);
    }
  }
  std::ranges::sort(ranked);
  std::ranges::sort(told);
  told.erase(std::ranges::unique(told).begin(), told.end());
  EXPECT_EQ(ranked, told);
}

TEST(VendorStatus, ReadsTheFieldsOfTheProviderThatIsKnownFirst) {
  const auto mark = [](const std::string& fields, Provider provider) {
    const std::string raw = "HTTP/1.1 200 OK\r\n" + fields + "\r\n";
    ResponseHead head;
    EXPECT_TRUE(parse_response_head(raw, HeadLimits{}, head).has_value());
    const ProviderFields values(head);
    return name(read_vendor_status(values.values(), provider).mark);
  };
  const std::string both = "X-Cache-Status: MISS\r\nX-Cache: HIT\r\n";
  EXPECT_EQ(mark(both, Provider::unknown), "miss");
  EXPECT_EQ(mark(both, Provider::nginx), "miss");
  EXPECT_EQ(mark(both, Provider::fastly), "hit");
  EXPECT_EQ(mark(both, Provider::haproxy), "hit");
  EXPECT_EQ(mark("X-Cache-Status: HIT\r\n", Provider::fastly), "hit") << "its own fields are silent";
  EXPECT_EQ(mark("X-Cache-Status: HIT\r\nX-Cache: nonsense\r\n", Provider::fastly), "hit");
  EXPECT_EQ(mark("X-Other: HIT\r\n", Provider::fastly), "none");
}

}  // namespace
}  // namespace cachewitness::http
