#include "app/progress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <string_view>

#include "ports/clock.h"
#include "ports/console.h"

namespace cachewitness::app {
namespace {

using testing::EndsWith;

class Terminal final : public ports::Console {
 public:
  explicit Terminal(int width) : width_(width) {}
  std::string shown;

  bool out(std::string_view) override { return true; }
  void err(std::string_view text) override { shown += text; }
  [[nodiscard]] bool out_is_terminal() const override { return true; }
  [[nodiscard]] bool err_is_terminal() const override { return true; }
  [[nodiscard]] int width() const override { return width_; }

 private:
  int width_;
};

class SteppedClock final : public ports::Clock {
 public:
  base::Tick now{};

  [[nodiscard]] base::Instant wall() const override { return {}; }
  [[nodiscard]] base::Tick tick() const override { return now; }
};

// What stands on the terminal one second into a phase of 4,800 requests.
std::string after_one_second(int width, std::uint64_t finished, std::uint64_t failed) {
  Terminal terminal(width);
  SteppedClock clock;
  Progress progress(terminal, clock, Show::automatic);
  progress.begin("looking again at suspects", 4800);
  clock.now = clock.now + std::chrono::seconds(1);
  progress.update(finished, failed);
  return terminal.shown;
}

TEST(Progress, SaysHowMuchIsDoneAndHowLongTheRestTakes) {
  EXPECT_EQ(after_one_second(100, 1200, 0), "\r\x1b[2Klooking again at suspects: 1,200 of 4,800, 3.00 s left, 1,200/s");
}

TEST(Progress, LeavesOutWhatDoesNotFitAndCutsNoNumber) {
  EXPECT_THAT(after_one_second(76, 1200, 645), EndsWith(": 1,200 of 4,800, 3.00 s left, 645 unanswered"));
  EXPECT_THAT(after_one_second(60, 1200, 645), EndsWith(": 1,200 of 4,800, 3.00 s left"));
}

TEST(Progress, NeverCountsBeyondTheWhole) {
  EXPECT_THAT(after_one_second(100, 5000, 0), EndsWith(": 5,000 of 5,000, 5,000/s"));
}

TEST(Progress, ForetellsByTheRateOfTheLastSecondsAlone) {
  Terminal terminal(100);
  SteppedClock clock;
  Progress progress(terminal, clock, Show::automatic);
  progress.begin("probing edges", 10'000);
  std::uint64_t finished = 0;
  for (int second = 1; second <= 20; ++second) {
    finished += second <= 10 ? 10 : 200;  // it starts slowly
    clock.now = clock.now + std::chrono::seconds(1);
    terminal.shown.clear();
    progress.update(finished, 0);
  }
  EXPECT_THAT(terminal.shown, EndsWith(": 2,100 of 10,000, 39.50 s left, 200/s"));
}

TEST(Progress, ShowsNothingWhereNobodyWatches) {
  Terminal terminal(80);
  SteppedClock clock;
  Progress progress(terminal, clock, Show::never);
  progress.begin("asking the origin", 10);
  clock.now = clock.now + std::chrono::seconds(1);
  progress.update(5, 0);
  progress.note("waiting");
  EXPECT_EQ(terminal.shown, "");
}

}  // namespace
TEST(Progress, TellsAProgramThatWatches) {
  Terminal terminal(100);
  SteppedClock clock;
  std::string heard;
  Progress progress(terminal, clock, Show::never, [&heard](std::string_view phase, auto finished, auto total) {
    heard += std::string(phase) + " " + std::to_string(finished) + "/" + std::to_string(total) + ";";
  });
  progress.begin("probing", 9);
  progress.update(1, 0);
  clock.now = clock.now + std::chrono::milliseconds(100);
  progress.update(5, 0);
  EXPECT_EQ(heard, "probing 5/9;");
  EXPECT_EQ(terminal.shown, "");
}

}  // namespace cachewitness::app
