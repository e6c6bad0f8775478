#include "adapters/interrupts.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "adapters/posix_processes.h"

namespace cachewitness::adapters {

TEST(InterruptsDeathTest, TheFirstSignalOnlyLeavesANote) {
  EXPECT_EXIT(
      {
        install_interrupts();
        const bool was_quiet = !pending_interrupt();
        ::raise(SIGTERM);
        std::_Exit(was_quiet && pending_interrupt() == SIGTERM ? 42 : 1);
      },
      ::testing::ExitedWithCode(42), "");
}

TEST(InterruptsDeathTest, TheSecondSignalKillsWhicheverItIs) {
  EXPECT_EXIT(
      {
        install_interrupts();
        ::raise(SIGTERM);
        ::raise(SIGINT);
      },
      ::testing::KilledBySignal(SIGINT), "");
}

TEST(InterruptsDeathTest, AReaderThatWentAwayIsAWriteError) {
  EXPECT_EXIT(
      {
        install_interrupts();
        int ends[2];
        const bool is_open = ::pipe(ends) == 0;
        ::close(ends[0]);
        std::_Exit(is_open && ::write(ends[1], "x", 1) < 0 && errno == EPIPE ? 42 : 1);
      },
      ::testing::ExitedWithCode(42), "");
}

TEST(InterruptsDeathTest, StopsAChildThatIsRunning) {
  EXPECT_EXIT(
      {
        install_interrupts();
        ::raise(SIGINT);
        ports::ProcessSpec spec;
        spec.argv.assign({"sleep", "60"});
        const auto outcome = PosixProcesses().run(spec);
        std::_Exit(outcome && outcome->end == ports::ProcessOutcome::End::signalled && outcome->code == SIGTERM ? 42
                                                                                                                : 1);
      },
      ::testing::ExitedWithCode(42), "");
}

}  // namespace cachewitness::adapters
