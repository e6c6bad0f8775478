#include "probe/concurrency_limit.h"

#include <gtest/gtest.h>

namespace cachewitness::probe {
namespace {

using namespace std::chrono_literals;

void answer(ConcurrencyLimit& limit, int times, base::Duration latency) {
  for (int i = 0; i < times; ++i) {
    limit.on_answer(latency, limit.current());
  }
}

// An edge that works on `capacity` requests at once: what is beyond that waits in a queue.
base::Duration latency_of(std::uint32_t in_flight, std::uint32_t capacity, base::Duration service) {
  return in_flight <= capacity ? service : service * in_flight / capacity;
}

TEST(ConcurrencyLimit, DoublesWhileAnswersComeAsFastAsEver) {
  ConcurrencyLimit limit;
  EXPECT_EQ(limit.current(), 16U);
  answer(limit, 16, 50ms);
  EXPECT_EQ(limit.current(), 32U);
  answer(limit, 32 + 64 + 128, 50ms);
  EXPECT_EQ(limit.current(), 256U);
}

TEST(ConcurrencyLimit, DoesNotGrowWhereItIsNotUsedUp) {
  ConcurrencyLimit limit;
  for (int i = 0; i < 1000; ++i) {
    limit.on_answer(50ms, 5);
  }
  EXPECT_EQ(limit.current(), 16U);
}

TEST(ConcurrencyLimit, SettlesNearWhatTheEdgeWorksOnAtOnce) {
  ConcurrencyLimit limit;
  for (int i = 0; i < 100'000; ++i) {
    limit.on_answer(latency_of(limit.current(), 100, 50ms), limit.current());
  }
  EXPECT_GE(limit.current(), 100U) << "nothing is left unused";
  EXPECT_LE(limit.current(), 300U) << "and the queue is short";
}

TEST(ConcurrencyLimit, TakesSmallDelaysForTheNoiseTheyAre) {
  ConcurrencyLimit limit;
  for (int i = 0; i < 10'000; ++i) {
    limit.on_answer(i % 2 == 0 ? base::Duration(100us) : base::Duration(4ms), limit.current());
  }
  EXPECT_GE(limit.current(), 1000U);
}

TEST(ConcurrencyLimit, HalvesOnceWithinAnAnswersTimeAndGrowsSlowlyAfterwards) {
  ConcurrencyLimit limit;
  answer(limit, 16 + 32, 200ms);
  ASSERT_EQ(limit.current(), 64U);
  const base::Tick now{1'000'000'000};
  limit.on_overload(now, 64);
  limit.on_overload(now + 10ms, 64);
  limit.on_overload(now + 199ms, 64);
  EXPECT_EQ(limit.current(), 32U) << "one burst of refusals is one sign";
  limit.on_overload(now + 200ms, 32);
  EXPECT_EQ(limit.current(), 16U);
  answer(limit, 16, 200ms);
  EXPECT_EQ(limit.current(), 20U);
}

TEST(ConcurrencyLimit, HalvesWhatWasInFlightAndNeverEndsAtNothing) {
  ConcurrencyLimit limit;
  base::Tick now{1'000'000'000};
  limit.on_overload(now, 4);
  EXPECT_EQ(limit.current(), 2U);
  for (int i = 0; i < 10; ++i) {
    now = now + 1s;
    limit.on_overload(now, 1);
  }
  EXPECT_EQ(limit.current(), 1U);
}

TEST(ConcurrencyLimit, BelievesAPathThatHasBecomeLonger) {
  ConcurrencyLimit limit;
  answer(limit, 1000, 10ms);
  for (int i = 0; i < 200'000; ++i) {
    limit.on_answer(80ms, limit.current());
  }
  EXPECT_GE(limit.current(), 256U);
}

}  // namespace
}  // namespace cachewitness::probe
