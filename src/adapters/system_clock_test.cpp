#include "adapters/system_clock.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <set>

#include "adapters/system_entropy.h"
#include "adapters/system_environment.h"

namespace cachewitness::adapters {

TEST(SystemClock, GoesForwardAndKnowsTheCentury) {
  const SystemClock clock;
  const base::Tick first = clock.tick();
  const base::Tick second = clock.tick();
  EXPECT_LE(first, second);
  EXPECT_GT(clock.wall(), *base::parse_instant("2020-01-01T00:00:00Z"));
}

TEST(SystemEntropy, DoesNotRepeatItself) {
  SystemEntropy entropy;
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 1000; ++i) {
    seen.insert(entropy.next());
  }
  EXPECT_EQ(seen.size(), 1000U);
}

TEST(SystemEnvironment, TellsUnsetFromEmpty) {
  const SystemEnvironment environment;
  ::setenv("CACHEWITNESS_TEST_EMPTY", "", 1);
  EXPECT_EQ(environment.variable("CACHEWITNESS_TEST_EMPTY"), "");
  ::unsetenv("CACHEWITNESS_TEST_EMPTY");
  EXPECT_EQ(environment.variable("CACHEWITNESS_TEST_EMPTY"), std::nullopt);
  EXPECT_EQ(environment.working_directory().front(), '/');
}

}  // namespace cachewitness::adapters
