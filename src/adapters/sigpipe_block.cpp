#include "adapters/sigpipe_block.h"

#include <cerrno>
#include <ctime>

namespace cachewitness::adapters {

namespace {

sigset_t only_sigpipe() {
  sigset_t signals;
  ::sigemptyset(&signals);
  ::sigaddset(&signals, SIGPIPE);
  return signals;
}

bool is_sigpipe_pending() {
  sigset_t pending;
  ::sigpending(&pending);
  return ::sigismember(&pending, SIGPIPE) == 1;
}

}  // namespace

SigpipeBlock::SigpipeBlock() : was_pending_(is_sigpipe_pending()) {
  const sigset_t signals = only_sigpipe();
  ::pthread_sigmask(SIG_BLOCK, &signals, &before_);
}

SigpipeBlock::~SigpipeBlock() {
  if (!was_pending_ && is_sigpipe_pending()) {  // ours: unblocked, it would end the process now
    const sigset_t signals = only_sigpipe();
    const timespec at_once{};
    while (::sigtimedwait(&signals, nullptr, &at_once) < 0 && errno == EINTR) {
    }
  }
  ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

}  // namespace cachewitness::adapters
