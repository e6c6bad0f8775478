#include "report/profile_label.h"

#include <gtest/gtest.h>

#include <chrono>

namespace cachewitness::report {
namespace {

using namespace std::chrono_literals;
using verdict::AgeMode;
using verdict::DateMode;

TEST(ProfileLabel, SaysWhatIsKnown) {
  struct Row {
    verdict::EdgeProfile profile;
    const char* expected;
  };
  const Row rows[] = {
      {{}, ""},
      {{.date_mode = DateMode::current, .age_mode = AgeMode::never}, "Date always now, no Age"},
      {{.provider = http::Provider::varnish, .date_mode = DateMode::preserved, .age_mode = AgeMode::always},
       "varnish, Date preserved, Age always"},
      {{.provider = http::Provider::fastly,
        .date_mode = DateMode::rewritten,
        .age_mode = AgeMode::on_hits,
        .skew = {{-40ms, 60ms}},
        .nodes_seen = 3,
        .pops = {"AMS", "FRA"}},
       "fastly, Date rewritten, Age on hits, 3 nodes at AMS, FRA"},
      {{.date_mode = DateMode::mixed, .age_mode = AgeMode::sometimes, .nodes_seen = 1},
       "Date now this way, now that, Age sometimes, 1 node"},
      {{.date_mode = DateMode::absent, .age_mode = AgeMode::always, .pops = {"FRA"}}, "no Date, Age always, at FRA"},
      {{.date_mode = DateMode::rewritten, .skew = {{2219s, 2221s}}}, "Date rewritten, clock 36 m 59 s ahead"},
      {{.date_mode = DateMode::preserved, .skew = {{-92s, -90s}}}, "Date preserved, clock 1 m 30 s behind"},
      {{.date_mode = DateMode::skewed}, "Date by another clock"},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(profile_label(row.profile), row.expected);
  }
}

TEST(PowerLabel, SaysWhatWouldHaveBeenSeenWhereServersHide) {
  const auto label = [](std::uint32_t servers, std::optional<double> power) {
    evidence::EdgeEntry entry;
    entry.servers = servers;
    verdict::EdgeSummary edge;
    edge.detection_power = power;
    return power_label(edge, entry);
  };
  EXPECT_EQ(label(1, 1.0), "");
  EXPECT_EQ(label(8, std::nullopt), "");
  EXPECT_EQ(label(8, 0.95399), "had one of 8 servers been stale, it would have been seen with probability 95.3%");
}

}  // namespace
}  // namespace cachewitness::report
