#include "http/freshness.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace cachewitness::http {
namespace {

using namespace std::chrono_literals;
using Source = FreshnessLifetime::Source;

base::Instant at(std::int64_t second) { return {second * 1'000'000'000}; }

const char* text(Source source) {
  switch (source) {
    case Source::s_maxage:
      return "s-maxage";
    case Source::max_age:
      return "max-age";
    case Source::expires:
      return "expires";
    case Source::heuristic:
      return "heuristic";
    case Source::none:
      return "none";
  }
  return "?";
}

std::string lifetime(const std::string& fields, CacheKind kind, Provider provider, const char* status = "200") {
  const std::string raw = "HTTP/1.1 " + std::string(status) + " x\r\n" + fields + "\r\n";
  ResponseHead head;
  EXPECT_TRUE(parse_response_head(raw, HeadLimits{}, head).has_value()) << fields;
  // Sun, 06 Nov 1994 08:49:37 GMT
  const FreshnessLifetime found = freshness_lifetime(freshness_input(head, provider, at(784'111'777)), kind);
  return std::string(text(found.source)) + " " + std::to_string(found.seconds);
}

TEST(Freshness, IsThatOfTheFirstSource) {
  const std::string date = "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n";
  struct Row {
    const char* section;
    std::string fields;
    const char* shared;
    const char* of_one_user;
  };
  const Row rows[] = {
      {"RFC 9111 4.2.1", "Cache-Control: max-age=60, s-maxage=600\r\n", "s-maxage 600", "max-age 60"},
      {"RFC 9111 4.2.1, max-age before Expires",
       date + "Cache-Control: max-age=60\r\nExpires: Sun, 06 Nov 1994 09:49:37 GMT\r\n", "max-age 60", "max-age 60"},
      {"RFC 9111 5.3", date + "Expires: Sun, 06 Nov 1994 09:49:37 GMT\r\n", "expires 3600", "expires 3600"},
      {"RFC 9111 5.3, in the past", date + "Expires: Sun, 06 Nov 1994 07:49:37 GMT\r\n", "expires 0", "expires 0"},
      {"RFC 9111 5.3, a value that is no date", date + "Expires: 0\r\n", "expires 0", "expires 0"},
      {"RFC 9111 5.3, without Date", "Expires: Sun, 06 Nov 1994 08:50:37 GMT\r\n", "expires 60", "expires 60"},
      {"RFC 9110 5.6.7, RFC 850 form", date + "Expires: Sunday, 06-Nov-94 09:49:37 GMT\r\n", "expires 3600",
       "expires 3600"},
      {"RFC 9110 5.6.7, asctime form", date + "Expires: Sun Nov  6 09:49:37 1994\r\n", "expires 3600", "expires 3600"},
      {"RFC 9111 4.2.2", date + "Last-Modified: Sun, 06 Nov 1994 07:49:37 GMT\r\n", "heuristic 360", "heuristic 360"},
      {"RFC 9111 4.2.2, modified in the future", date + "Last-Modified: Sun, 06 Nov 1994 09:49:37 GMT\r\n",
       "heuristic 0", "heuristic 0"},
      {"RFC 9111 4.2.2, nothing to go by", date, "none 0", "none 0"},
      {"RFC 9111 4.2.1, an invalid one",
       date + "Cache-Control: max-age=x\r\nExpires: Sun, 06 Nov 1994 09:49:37 GMT\r\n", "none 0", "none 0"},
      {"dates centuries apart", "Date: Mon, 01 Jan 1700 00:00:00 GMT\r\nExpires: Sat, 01 Jan 2250 00:00:00 GMT\r\n",
       "expires 2147483648", "expires 2147483648"},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(lifetime(row.fields, CacheKind::shared, Provider::unknown), row.shared) << row.section;
    EXPECT_EQ(lifetime(row.fields, CacheKind::of_one_user, Provider::unknown), row.of_one_user) << row.section;
  }
}

TEST(Freshness, IsGuessedForSomeStatusesOnly) {
  const std::string fields = "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nLast-Modified: Sun, 06 Nov 1994 07:49:37 GMT\r\n";
  for (const char* status : {"200", "203", "204", "206", "300", "301", "308", "404", "405", "410", "414", "501"}) {
    EXPECT_EQ(lifetime(fields, CacheKind::shared, Provider::unknown, status), "heuristic 360") << "RFC 9110 15.1";
  }
  for (const char* status : {"201", "302", "307", "400", "500", "503"}) {
    EXPECT_EQ(lifetime(fields, CacheKind::shared, Provider::unknown, status), "none 0") << "RFC 9110 15.1";
    EXPECT_EQ(lifetime(fields + "Cache-Control: public\r\n", CacheKind::shared, Provider::unknown, status),
              "heuristic 360")
        << "RFC 9111 4.2.2";
  }
}

// RFC 9213 2.2, and what each vendor's documentation says of the order.
TEST(Freshness, ObeysTheTargetedFieldsOfTheProvider) {
  struct Row {
    const char* name;
    const char* fields;
    Provider provider;
    const char* field;
    const char* lifetime;
  };
  const Row rows[] = {
      {"RFC 9213 3.1", "Cache-Control: max-age=60, s-maxage=120\r\nCDN-Cache-Control: max-age=600\r\n",
       Provider::cloudflare, "cdn-cache-control", "max-age 600"},
      {"a cache that knows none", "Cache-Control: max-age=60\r\nCDN-Cache-Control: max-age=600\r\n", Provider::varnish,
       "cache-control", "max-age 60"},
      {"no provider", "Cache-Control: max-age=60\r\nCDN-Cache-Control: max-age=600\r\n", Provider::unknown,
       "cache-control", "max-age 60"},
      {"RFC 9213 2.1, invalid, so the next", "Cache-Control: max-age=60\r\nCDN-Cache-Control: max-age=600,\r\n",
       Provider::cloudflare, "cache-control", "max-age 60"},
      {"RFC 9213 2.2, Expires does not count",
       "Expires: Sun, 06 Nov 1994 09:49:37 GMT\r\nCDN-Cache-Control: must-revalidate\r\n", Provider::cloudflare,
       "cdn-cache-control", "none 0"},
      {"Cloudflare", "CDN-Cache-Control: max-age=1\r\nCloudflare-CDN-Cache-Control: max-age=2\r\n",
       Provider::cloudflare, "cloudflare-cdn-cache-control", "max-age 2"},
      {"Vercel", "CDN-Cache-Control: max-age=1\r\nVercel-CDN-Cache-Control: max-age=2\r\n", Provider::vercel,
       "vercel-cdn-cache-control", "max-age 2"},
      {"another's", "CDN-Cache-Control: max-age=1\r\nVercel-CDN-Cache-Control: max-age=2\r\n", Provider::netlify,
       "cdn-cache-control", "max-age 1"},
      {"Netlify", "Cache-Control: no-store\r\nNetlify-CDN-Cache-Control: public, durable, s-maxage=3600\r\n",
       Provider::netlify, "netlify-cdn-cache-control", "s-maxage 3600"},
      {"Fastly", "Cache-Control: max-age=0\r\nSurrogate-Control: max-age=86400, stale-while-revalidate=60\r\n",
       Provider::fastly, "surrogate-control", "max-age 86400"},
      {"Akamai", "Cache-Control: max-age=0\r\nAkamai-Cache-Control: max-age=5\r\n", Provider::akamai,
       "akamai-cache-control", "max-age 5"},
      {"two lines", "CDN-Cache-Control: max-age=7\r\nCDN-Cache-Control: no-transform\r\n", Provider::vercel,
       "cdn-cache-control", "max-age 7"},
  };
  for (const Row& row : rows) {
    const std::string raw = "HTTP/1.1 200 OK\r\n" + std::string(row.fields) + "\r\n";
    ResponseHead head;
    ASSERT_TRUE(parse_response_head(raw, HeadLimits{}, head).has_value()) << row.name;
    EXPECT_EQ(obeyed_policy(head, row.provider).field, row.field) << row.name;
    EXPECT_EQ(lifetime(row.fields, CacheKind::shared, row.provider), row.lifetime) << row.name;
  }
}

// RFC 9111 4.2.3.
TEST(Freshness, CalculatesTheAge) {
  struct Row {
    const char* name;
    AgeInput input;
    base::Duration initial;
    base::Duration after_10_s;
  };
  const Row rows[] = {
      {"just made", {.date = at(100), .request_time = at(99), .response_time = at(100)}, 1s, 11s},
      {"from a cache", {.age_value_s = 50, .date = at(50), .request_time = at(99), .response_time = at(100)}, 51s, 61s},
      {"apparent age alone", {.date = at(70), .request_time = at(99), .response_time = at(100)}, 30s, 40s},
      {"Age alone", {.age_value_s = 7, .request_time = at(100), .response_time = at(100)}, 7s, 17s},
      {"an origin's clock behind inflates it",
       {.age_value_s = 5, .date = at(40), .request_time = at(100), .response_time = at(100)},
       60s,
       70s},
      {"but not where every hop sends Age",
       {.age_value_s = 5,
        .date = at(40),
        .request_time = at(100),
        .response_time = at(100),
        .is_every_hop_http_1_1 = true},
       5s,
       15s},
      {"an origin's clock ahead", {.date = at(500), .request_time = at(99), .response_time = at(100)}, 1s, 11s},
      {"a date of 1700",
       {.date = base::Instant{-8'520'336'000'000'000'000},
        .request_time = at(1'790'000'000),
        .response_time = at(1'790'000'000)},
       2'147'483'648s,
       2'147'483'658s},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(corrected_initial_age(row.input), row.initial) << row.name;
    EXPECT_EQ(current_age(row.input, row.input.response_time + 10s), row.after_10_s) << row.name;
  }
}

}  // namespace
}  // namespace cachewitness::http
