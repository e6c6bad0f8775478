#include "base/time.h"

#include <chrono>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace cachewitness::base {
namespace {

TEST(Human, GivesAsManyDigitsAsAPersonReads) {
  using std::chrono::microseconds;
  using std::chrono::milliseconds;
  using std::chrono::nanoseconds;
  using std::chrono::seconds;
  struct Row {
    Duration duration;
    std::string_view expected;
  };
  for (const Row& row :
       {Row{{}, "0 ms"}, Row{nanoseconds(1), "0.01 ms"}, Row{microseconds(70), "0.07 ms"},
        Row{microseconds(412), "0.41 ms"}, Row{microseconds(1520), "1.52 ms"}, Row{milliseconds(25), "25 ms"},
        Row{milliseconds(283), "283 ms"}, Row{milliseconds(4690), "4.69 s"}, Row{seconds(61), "1 m 01 s"},
        Row{seconds(7260), "2 h 01 m"}, Row{milliseconds(-25), "-25 ms"}}) {
    EXPECT_EQ(human(row.duration), row.expected);
  }
}

TEST(ParseInstant, ReadsItsOwnFormAsAnyOther) {
  for (const std::string_view text :
       {"2026-11-23T03:00:42.123456789Z", "1970-01-01T00:00:00.000000000Z", "2024-02-29T23:59:59.999999999Z",
        "2016-12-31T23:59:60.000000000Z", "1700-01-01T00:00:00.000000001Z", "2250-12-31T23:59:59.999999999Z",
        "1690-06-01T12:00:00.500000000Z", "2026-11-23T24:00:00.000000000Z", "2026-02-29T00:00:00.000000000Z",
        "2026-13-01T00:00:00.000000000Z", "2026-00-10T00:00:00.000000000Z", "2026-11-23T03:60:00.000000000Z",
        "2026-11-23T03:00:61.000000000Z", "9999-11-23T03:00:42.123456789Z"}) {
    // With a further digit it is not the form that is written, and means the same.
    std::string longer(text);
    longer.insert(longer.size() - 1, "0");
    EXPECT_EQ(parse_instant(text), parse_instant(longer)) << text;
    if (const auto instant = parse_instant(text); instant && text.substr(17, 2) != "60") {
      EXPECT_EQ(rfc3339(*instant, 9), text);
    }
  }
}

TEST(ParseInstant, RefusesWhatOnlyLooksLikeItsOwnForm) {
  constexpr std::string_view good = "2026-11-23T03:00:42.123456789Z";
  for (std::size_t i = 0; i < good.size(); ++i) {
    for (const char other : {'/', ':', '\xff', '\0', 'a', '-'}) {
      std::string text(good);
      text[i] = other;
      EXPECT_TRUE(text == good || !parse_instant(text)) << i << ": " << text;
    }
  }
}

}  // namespace
}  // namespace cachewitness::base
