#include "adapters/timer_queue.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace cachewitness::adapters {

namespace {

class Timer final : public ports::TimerEvents {
 public:
  void on_timer(base::Tick /*now*/) override {}
};

TEST(TimerQueue, TakesTimersByTimeThenByArming) {
  TimerQueue queue;
  Timer late;
  Timer early;
  Timer early_too;
  queue.arm({20}, late);
  queue.arm({10}, early);
  queue.arm({10}, early_too);
  EXPECT_EQ(queue.next(), base::Tick{10});
  EXPECT_EQ(queue.take_due({9}), nullptr);
  EXPECT_EQ(queue.take_due({30}), &early);
  EXPECT_EQ(queue.take_due({30}), &early_too);
  EXPECT_EQ(queue.take_due({30}), &late);
  EXPECT_EQ(queue.take_due({30}), nullptr);
  EXPECT_EQ(queue.next(), base::Tick::never());
}

TEST(TimerQueue, AnOldIdNeverCancelsANewTimer) {
  TimerQueue queue;
  Timer timer;
  const auto old = queue.arm({1}, timer);
  EXPECT_EQ(queue.take_due({1}), &timer);
  queue.arm({2}, timer);  // takes the slot that `old` named
  queue.cancel(old);
  EXPECT_EQ(queue.take_due({2}), &timer);
}

// Against a model that sorts: every order of arming and cancelling gives the same sequence.
TEST(TimerQueue, AgreesWithASortedListUnderRandomUse) {
  struct Armed {
    std::int64_t at;
    int order;
    ports::TimerId id;
    Timer* timer;
  };
  for (unsigned seed = 1; seed <= 50; ++seed) {
    std::mt19937 random(seed);
    TimerQueue queue;
    std::vector<Timer> timers(400);
    std::vector<Armed> model;
    for (int i = 0; i < 400; ++i) {
      const std::int64_t at = std::uniform_int_distribution<std::int64_t>(0, 100)(random);
      Timer& timer = timers[static_cast<std::size_t>(i)];
      model.push_back({at, i, queue.arm({at}, timer), &timer});
      if (random() % 3 == 0) {
        const auto victim = model.begin() + static_cast<std::ptrdiff_t>(random() % model.size());
        queue.cancel(victim->id);
        model.erase(victim);
      }
    }
    std::sort(model.begin(), model.end(),
              [](const Armed& a, const Armed& b) { return a.at != b.at ? a.at < b.at : a.order < b.order; });
    ASSERT_EQ(queue.size(), model.size());
    for (const Armed& expected : model) {
      ASSERT_EQ(queue.next(), base::Tick{expected.at}) << "seed " << seed;
      ASSERT_EQ(queue.take_due({100}), expected.timer) << "seed " << seed;
    }
    EXPECT_TRUE(queue.is_empty());
  }
}

}  // namespace

}  // namespace cachewitness::adapters
