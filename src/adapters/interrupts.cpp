#include "adapters/interrupts.h"

#include <signal.h>

#include <atomic>

namespace cachewitness::adapters {

namespace {

std::atomic<int> pending_signal{0};
static_assert(std::atomic<int>::is_always_lock_free, "a signal handler may not take a lock");

extern "C" void note_interrupt(int signal) {
  pending_signal.store(signal, std::memory_order_relaxed);
  // Whoever asks again means it: from now on the default action ends the process.
  ::signal(SIGINT, SIG_DFL);
  ::signal(SIGTERM, SIG_DFL);
}

}  // namespace

void install_interrupts() {
  struct sigaction note{};
  note.sa_handler = note_interrupt;  // without SA_RESTART: a wait must end, not go on
  ::sigemptyset(&note.sa_mask);
  ::sigaction(SIGINT, &note, nullptr);
  ::sigaction(SIGTERM, &note, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGCHLD, SIG_DFL);  // inherited as ignored, it would let the ends of children vanish
}

std::optional<int> pending_interrupt() {
  const int signal = pending_signal.load(std::memory_order_relaxed);
  return signal == 0 ? std::nullopt : std::optional<int>(signal);
}

}  // namespace cachewitness::adapters
