// The supervisor: a process of ours between us and a program of the user's. As the reaper of all that the program
// starts (PR_SET_CHILD_SUBREAPER), it finds what killing a process group misses, and it does so even where we are
// killed ourselves. One for each program, so that programs that run side by side are told apart; and no setting of
// our own process changes, which may be somebody else's program with our library in it.
//
// It is forked from a process with threads: it allocates nothing, takes no lock and ends with _exit().
#pragma once

#include <signal.h>
#include <sys/types.h>

#include <cstdint>
#include <type_traits>

#include "adapters/program_plan.h"

namespace cachewitness::adapters {

// Orders to the supervisor, a byte each. The end of their stream is an order too: terminate, half a second, kill.
enum class Order : char { start = 'S', terminate = 'T', kill = 'K' };

// What it says once the program has ended and its family is gone, in one message.
struct EndReport {
  StartStep failed_step = StartStep::none;  // where it is not `none`, no program ran and `error` is errno
  bool is_over_processes = false;           // ended for having more processes than it may
  bool is_unwatched = false;                // not said by the supervisor, which died without a word
  bool is_counting_exactly = false;
  bool is_refusing_calls = false;
  std::uint32_t landlock = 0;  // the ABI version in force
  std::int32_t error = 0;
  std::int32_t status = SIGKILL;  // as waitpid(2) tells
  std::uint32_t strays = 0;
  std::uint32_t unstoppable = 0;
  std::int64_t user_time_us = 0;
  std::int64_t system_time_us = 0;
  std::int64_t max_resident_kib = 0;
};
static_assert(std::is_trivially_copyable_v<EndReport>);

// Descriptors for the program's streams, and the supervisor's end of a sequenced-packet socket. None is below
// first_free_descriptor (adapters/program_plan.h).
struct SupervisorStreams {
  int input = -1;
  int output = -1;
  int diagnostics = -1;
  int control = -1;
};
// The whole life of the supervisor, called in the forked child. Waits for Order::start.
[[noreturn]] void supervise(const ProgramPlan& plan, const SupervisorStreams& streams) noexcept;

}  // namespace cachewitness::adapters
