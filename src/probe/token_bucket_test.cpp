#include "probe/token_bucket.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace cachewitness::probe {
namespace {

constexpr base::Tick start{1'000'000'000};

std::vector<base::Tick> take_as_fast_as_possible(TokenBucket& bucket, int count) {
  std::vector<base::Tick> taken;
  base::Tick now = start;
  for (int i = 0; i < count; ++i) {
    now = std::max(now, bucket.ready_at(now));
    bucket.take(now);
    taken.push_back(now);
  }
  return taken;
}

TEST(TokenBucket, GivesATenthOfASecondAtOnceAndThenKeepsTheRate) {
  TokenBucket bucket(100);
  const auto taken = take_as_fast_as_possible(bucket, 30);
  EXPECT_EQ(taken[9], start);
  EXPECT_EQ(taken[10] - start, std::chrono::milliseconds(10));
  EXPECT_EQ(taken[29] - start, std::chrono::milliseconds(200));
}

TEST(TokenBucket, NeverSavesUpMoreThanItHolds) {
  TokenBucket bucket(100);
  take_as_fast_as_possible(bucket, 10);
  const base::Tick much_later = start + std::chrono::hours(1);
  for (int i = 0; i < 10; ++i) {
    EXPECT_LE(bucket.ready_at(much_later), much_later);
    bucket.take(much_later);
  }
  EXPECT_EQ(bucket.ready_at(much_later) - much_later, std::chrono::milliseconds(10));
}

TEST(TokenBucket, SendsOneAtATimeWhereTheRateIsLow) {
  TokenBucket bucket(0.5);
  const auto taken = take_as_fast_as_possible(bucket, 3);
  EXPECT_EQ(taken[1] - taken[0], std::chrono::seconds(2));
  EXPECT_EQ(taken[2] - taken[1], std::chrono::seconds(2));
}

TEST(TokenBucket, NeverWaitsWithoutALimit) {
  TokenBucket bucket(0);
  EXPECT_EQ(take_as_fast_as_possible(bucket, 1000).back(), start);
}

}  // namespace
}  // namespace cachewitness::probe
