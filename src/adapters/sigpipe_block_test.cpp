#include "adapters/sigpipe_block.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>

namespace cachewitness::adapters {
namespace {

// With the default action a broken pipe ends the process, and with it this test.
TEST(SigpipeBlock, TurnsTheSignalIntoAnErrorAndLeavesNothingBehind) {
  auto* const old = ::signal(SIGPIPE, SIG_DFL);
  int ends[2] = {-1, -1};
  ASSERT_EQ(::pipe(ends), 0);
  ::close(ends[0]);
  {
    const SigpipeBlock block;
    EXPECT_EQ(::write(ends[1], "x", 1), -1);
    EXPECT_EQ(errno, EPIPE);
  }
  sigset_t mask;
  ::pthread_sigmask(SIG_SETMASK, nullptr, &mask);
  EXPECT_EQ(::sigismember(&mask, SIGPIPE), 0);
  sigset_t pending;
  ::sigpending(&pending);
  EXPECT_EQ(::sigismember(&pending, SIGPIPE), 0);
  ::close(ends[1]);
  ::signal(SIGPIPE, old);
}

}  // namespace
}  // namespace cachewitness::adapters
