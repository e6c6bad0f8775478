#include "http/http_date.h"

#include <array>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <limits>

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
  struct Row {
    const char* text;
    const char* reference;
    const char* expected;
  };
  // RFC 9110 5.6.7: a timestamp, and not its year, is held against the 50 years.
  const Row rows[] = {
      {"Monday, 23-Nov-76 00:00:00 GMT", "2025-01-01T00:00:00Z", "1976-11-23T00:00:00Z"},
      {"Monday, 23-Nov-76 00:00:00 GMT", "2026-01-01T00:00:00Z", "1976-11-23T00:00:00Z"},
      {"Monday, 23-Nov-76 00:00:00 GMT", "2026-11-23T00:00:00Z", "2076-11-23T00:00:00Z"},
      {"Monday, 23-Nov-76 00:00:01 GMT", "2026-11-23T00:00:00Z", "1976-11-23T00:00:01Z"},
      {"Friday, 02-Feb-01 00:00:00 GMT", "1999-01-01T00:00:00Z", "2001-02-02T00:00:00Z"},
      {"Friday, 31-Dec-99 23:59:59 GMT", "2000-01-01T00:00:00Z", "1999-12-31T23:59:59Z"},
      {"Friday, 31-Dec-99 23:59:59 GMT", "2050-01-01T00:00:00Z", "2099-12-31T23:59:59Z"},
      {"Sunday, 06-Nov-94 08:49:37 GMT", "1969-12-31T23:59:59Z", "1994-11-06T08:49:37Z"},
      {"Tuesday, 29-Feb-00 00:00:00 GMT", "2060-01-01T00:00:00Z", "2000-02-29T00:00:00Z"},
      {"Saturday, 01-Mar-74 00:00:00 GMT", "2024-02-29T12:00:00Z", "1974-03-01T00:00:00Z"},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(parse_http_date(row.text, instant(row.reference)), instant(row.expected))
        << row.text << " in " << row.reference;
  }
}

TEST(HttpDate, RefusesWhatIsNoDate) {
  for (const char* text :
       {"", "0", "-1", "Sun, 31 Feb 2026 08:49:37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 CET", "Sun, 06 Nov 1994 08:49:37 GMT x", "Sun, 6 Nov 1994 08:49:37 GMT",
        "06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 0000 08:49:37 GMT", "Sun Nov 6 08:49:37 1994", "Sun,"}) {
    EXPECT_EQ(parse_http_date(text, instant("2026-11-23T03:00:00Z")), std::nullopt) << text;
  }
}

// The form that is read at fixed places, against one that is not.
TEST(HttpDate, ReadsFixdateAsItReadsAsctime) {
  constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  for (const int year : {1, 1699, 1700, 1999, 2000, 2024, 2025, 2100, 2250, 2251}) {
    for (const std::string_view month : months) {
      for (int day = 0; day <= 32; ++day) {
        const std::string time = fmt::format("{:02}:{:02}:{:02}", day % 26, day * 2, (day * 7) % 63);
        const std::string fixdate = fmt::format("Sun, {:02} {} {:04} {} GMT", day, month, year, time);
        const std::string asctime = fmt::format("Sun {} {:02} {} {:04}", month, day, time, year);
        EXPECT_EQ(parse_http_date(fixdate, {}), parse_http_date(asctime, {})) << fixdate;
      }
    }
  }
  const auto of = [](std::string_view text) { return parse_http_date(text, {}); };
  EXPECT_TRUE(of("Sun, 06 Nov 1994 08:49:37 GMT"));
  EXPECT_EQ(of("Sun, 06 nov 1994 08:49:37 GMT"), of("Sun, 06 Nov 1994 08:49:37 GMT"));
  EXPECT_FALSE(of("Sun, 06 Nox 1994 08:49:37 GMT"));
  EXPECT_FALSE(of("Sun, 06 Nov 1994 08:49:3x GMT"));
}

// Whatever a file says the time is: no reckoning with it may overflow.
TEST(HttpDate, ReadsTwoDigitsByAnyClock) {
  constexpr std::int64_t least = std::numeric_limits<std::int64_t>::min();
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
  for (const std::int64_t now : {least, least + 1, std::int64_t{0}, most - 1, most}) {
    static_cast<void>(parse_http_date("Sunday, 06-Nov-94 08:49:37 GMT", base::Instant{now}));
  }
  EXPECT_TRUE(parse_http_date("Sunday, 06-Nov-94 08:49:37 GMT", base::Instant{0}));
}

}  // namespace
}  // namespace cachewitness::http
