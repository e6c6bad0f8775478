#include "http/http_date.h"

#include <gtest/gtest.h>

namespace cachewitness::http {
namespace {

base::Instant instant(const char* text) { return base::parse_instant(text).value(); }

TEST(HttpDate, ReadsTheThreeFormsOfRfc9110Section567) {
  const base::Instant now = instant("2026-11-23T03:00:00Z");
  for (const char* text :
       {"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"}) {
    EXPECT_EQ(parse_http_date(text, now), instant("1994-11-06T08:49:37Z")) << text;
  }
}

TEST(HttpDate, SettlesTheCenturyByTheReference) {
  const char* text = "Monday, 23-Nov-76 00:00:00 GMT";
  EXPECT_EQ(parse_http_date(text, instant("2025-01-01T00:00:00Z")), instant("1976-11-23T00:00:00Z"));
  EXPECT_EQ(parse_http_date(text, instant("2026-01-01T00:00:00Z")), instant("2076-11-23T00:00:00Z"));
  EXPECT_EQ(parse_http_date("Friday, 02-Feb-01 00:00:00 GMT", instant("1999-01-01T00:00:00Z")),
            instant("2001-02-02T00:00:00Z"));
}

TEST(HttpDate, RefusesWhatIsNoDate) {
  for (const char* text :
       {"", "0", "-1", "Sun, 31 Feb 2026 08:49:37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 CET", "Sun, 06 Nov 1994 08:49:37 GMT x", "Sun, 6 Nov 1994 08:49:37 GMT",
        "06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 0000 08:49:37 GMT", "Sun Nov 6 08:49:37 1994", "Sun,"}) {
    EXPECT_EQ(parse_http_date(text, instant("2026-11-23T03:00:00Z")), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace cachewitness::http
