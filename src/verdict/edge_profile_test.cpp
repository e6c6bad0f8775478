#include "verdict/edge_profile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <random>
#include <string>
#include <vector>

namespace cachewitness::verdict {
namespace {

using namespace std::chrono_literals;
using Answer = EdgeProfiler::Answer;

constexpr std::int64_t start = 1'764'000'000;

// Sent at `second` of the run and received 40 ms later; `date` counts seconds of the run too.
Answer answer(int second, std::optional<int> date, std::int64_t age = -1,
              http::CacheMark mark = http::CacheMark::none) {
  const base::Instant sent{(start + second) * 1'000'000'000 + 500'000'000};
  Answer made{.sent_at = sent, .received_at = sent + 40ms, .age_s = age, .mark = mark};
  if (date) {
    made.date = base::Instant{(start + *date) * 1'000'000'000};
  }
  return made;
}

EdgeProfile profile_of(std::vector<Answer> answers) {
  EdgeProfiler profiler;
  for (const Answer& one : answers) {
    profiler.add(one);
  }
  return profiler.profile();
}

TEST(EdgeProfile, LearnsHowAnEdgeDates) {
  struct Row {
    const char* name;
    std::vector<Answer> answers;
    const char* expected;
  };
  const Row rows[] = {
      {"nothing answered", {}, "unknown"},
      {"no Date", {answer(0, {}, 5)}, "absent"},
      {"all just made", {answer(0, 0), answer(9, 9, 0)}, "current"},
      {"Fastly, Apache: about now, though old", {answer(0, 0, 60), answer(9, 9, 69)}, "rewritten"},
      {"Varnish, Squid: as old as Age says", {answer(60, 0, 60), answer(69, 0, 69)}, "preserved"},
      {"preserved, beside answers that were just made", {answer(60, 0, 60), answer(69, 69, 0)}, "preserved"},
      {"an Age too small to tell", {answer(1, 1, 1)}, "current"},
      {"no Age, and older than now by more than one object's age", {answer(60, 0), answer(99, 7)}, "preserved"},
      {"no Age, one object, and nothing to tell a slow clock from a store", {answer(60, 0), answer(61, 1)}, "skewed"},
      {"two servers, one of each kind", {answer(60, 0, 60), answer(60, 60, 60)}, "mixed"},
      {"a clock 37 minutes ahead, rewriting", {answer(0, 2220, 60), answer(9, 2229, 7)}, "rewritten"},
      {"a clock 37 minutes ahead, preserving", {answer(60, 2220, 60), answer(99, 2312, 7)}, "preserved"},
      {"a clock 37 minutes ahead, and one age", {answer(0, 2220, 60), answer(9, 2229, 60)}, "skewed"},
      {"a clock that was set", {answer(0, 2220, 60), answer(9, 9, 69)}, "mixed"},
      {"a clock that runs anyhow", {answer(0, 5000, 60), answer(1, 900, 61), answer(2, 4000, 3)}, "mixed"},
      {"Age a second too young or too old", {answer(60, 0, 59), answer(60, 0, 61)}, "preserved"},
      {"a Date of another century", {answer(0, -1'700'000'000, 9), answer(1, 1'900'000'000, 2)}, "mixed"},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(name(profile_of(row.answers).date_mode), row.expected) << row.name;
  }
}

TEST(EdgeProfile, LearnsWhenAnEdgeSendsAge) {
  using enum http::CacheMark;
  struct Row {
    const char* name;
    std::vector<Answer> answers;
    const char* expected;
  };
  const Row rows[] = {
      {"nothing answered", {}, "unknown"},
      {"nothing but misses, which need none", {answer(0, 0, -1, miss), answer(1, 1, -1, bypass)}, "unknown"},
      {"nginx", {answer(0, 0, -1, miss), answer(1, 1, -1, hit)}, "never"},
      {"neither words nor Age", {answer(0, 0, -1, miss), answer(1, 1)}, "never"},
      {"Varnish", {answer(0, 0, 0, miss), answer(1, 0, 1, hit)}, "always"},
      {"Squid", {answer(0, 0, -1, miss), answer(1, 0, 1, hit)}, "on-hits"},
      {"a hit without", {answer(0, 0, 3, hit), answer(1, 0, -1, hit)}, "sometimes"},
      {"a miss with one", {answer(0, 0, -1, miss), answer(1, 0, 1, stale), answer(2, 0, 7, miss)}, "sometimes"},
      {"no words of its own", {answer(0, 0), answer(1, 0, 1)}, "sometimes"},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(name(profile_of(row.answers).age_mode), row.expected) << row.name;
  }
}

TEST(EdgeProfile, BracketsTheClocksLead) {
  const auto skew = [](std::vector<Answer> answers) { return profile_of(std::move(answers)).skew; };
  // Asked at .500 to .540 of a second that Date calls by its name: 0.54 s behind at most, and less than 0.5 s ahead.
  const auto one = skew({answer(0, 0)});
  ASSERT_TRUE(one);
  EXPECT_EQ(one->least, -540ms);
  EXPECT_EQ(one->greatest, 500ms);

  Answer early = answer(0, 0);
  early.sent_at = early.sent_at + 450ms;  // .950 to .970
  early.received_at = early.sent_at + 20ms;
  Answer late = answer(0, 1);
  late.sent_at = late.sent_at + 510ms;  // 1.010 to 1.030
  late.received_at = late.sent_at + 20ms;
  const auto narrow = skew({answer(0, 0), early, late});
  ASSERT_TRUE(narrow);
  EXPECT_EQ(narrow->least, -30ms) << "the second had begun when the last was received";
  EXPECT_EQ(narrow->greatest, 50ms) << "and had not when the one before was sent";

  const auto ahead = skew({answer(0, 2220, 60), answer(9, 2229, 7)});
  ASSERT_TRUE(ahead);
  EXPECT_EQ(ahead->least, 2220s - 540ms);
  EXPECT_EQ(ahead->greatest, 2220s + 500ms);

  const auto preserved = skew({answer(60, 0, 60), answer(99, 92, 7)});
  ASSERT_TRUE(preserved);
  EXPECT_EQ(preserved->least, -540ms);
  EXPECT_EQ(preserved->greatest, 1500ms) << "Age counts whole seconds too";

  EXPECT_FALSE(skew({})) << "nothing answered";
  EXPECT_FALSE(skew({answer(0, {})})) << "no Date";
  EXPECT_FALSE(skew({answer(60, 0, 60), answer(60, 60, 60)})) << "two servers";
  EXPECT_FALSE(skew({answer(0, 2220, 60), answer(9, 2229, 60)})) << "cannot tell whose clock";
}

TEST(EdgeProfile, NamesTheProviderOfMostAnswers) {
  EdgeProfiler profiler;
  EXPECT_EQ(profiler.profile().provider, http::Provider::unknown);
  Answer one = answer(0, 0);
  profiler.add(one);
  profiler.add(one);
  EXPECT_EQ(profiler.profile().provider, http::Provider::unknown);
  one.provider = http::Provider::varnish;
  profiler.add(one);
  EXPECT_EQ(profiler.profile().provider, http::Provider::varnish) << "an error page of another's says nothing";
  one.provider = http::Provider::fastly;
  profiler.add(one);
  profiler.add(one);
  EXPECT_EQ(profiler.profile().provider, http::Provider::fastly);
}

TEST(EdgeProfile, CountsNodesAndPlacesInBoundedMemory) {
  EdgeProfiler profiler;
  EXPECT_EQ(profiler.profile().nodes_seen, 0U);
  for (int round = 0; round < 2; ++round) {
    for (const char* node : {"cache-1", "cache-2", "cache-1", "cache-3"}) {
      profiler.add(http::NodeIdentity{"FRA", node});
    }
  }
  profiler.add(http::NodeIdentity{"AMS", ""});
  profiler.add(http::NodeIdentity{});
  EXPECT_EQ(profiler.profile().nodes_seen, 3U);
  EXPECT_THAT(profiler.profile().pops, testing::ElementsAre("AMS", "FRA"));
  for (int i = 0; i < 5000; ++i) {
    profiler.add(http::NodeIdentity{"P" + std::to_string(i), "node-" + std::to_string(i)});
  }
  EXPECT_EQ(profiler.profile().nodes_seen, EdgeProfile::most_nodes);
  EXPECT_THAT(profiler.profile().pops, testing::ElementsAre("AMS", "FRA", "P0", "P1", "P10", "P100", "P1000", "P1001"));
}

// Whatever the order, and answers that are given twice in a row or not.
TEST(EdgeProfile, DoesNotDependOnTheOrderOfAnswers) {
  std::mt19937 random(7);
  const auto draw = [&random](int bound) { return static_cast<int>(random() % static_cast<unsigned>(bound)); };
  for (int round = 0; round < 200; ++round) {
    std::vector<std::pair<Answer, http::NodeIdentity>> seen;
    for (int i = 0; i < 40; ++i) {
      const int age = draw(3) == 0 ? -1 : draw(90);
      const int second = draw(100);
      Answer one = answer(second, second + (draw(2) == 0 ? 0 : -std::max(age, 0)) + round % 3 * 500, age,
                          static_cast<http::CacheMark>(draw(4)));
      one.provider = static_cast<http::Provider>(draw(4));
      seen.emplace_back(one, http::NodeIdentity{"P" + std::to_string(draw(20)), "n" + std::to_string(draw(2000))});
    }
    const auto told = [&seen] {
      EdgeProfiler profiler;
      for (const auto& [one, identity] : seen) {
        profiler.add(one);
        profiler.add(identity);
      }
      const EdgeProfile profile = profiler.profile();
      std::string text = std::string(name(profile.date_mode)) + " " + std::string(name(profile.age_mode)) + " " +
                         std::string(slug(profile.provider)) + " " + std::to_string(profile.nodes_seen);
      if (profile.skew) {
        text +=
            " " + std::to_string(profile.skew->least.count()) + " " + std::to_string(profile.skew->greatest.count());
      }
      for (const std::string& pop : profile.pops) {
        text += " " + pop;
      }
      return text;
    };
    const std::string first = told();
    std::ranges::shuffle(seen, random);
    EXPECT_EQ(told(), first) << "round " << round;
  }
}

}  // namespace
}  // namespace cachewitness::verdict
