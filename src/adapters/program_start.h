// From fork to exec: the last steps before a program of the user's is itself. Allocates nothing.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <type_traits>

#include "adapters/program_plan.h"

namespace cachewitness::adapters {

// What the starting program tells its supervisor. Its end of the channel closes when it has become the program.
struct StartNote {
  StartStep failed_step = StartStep::none;
  bool is_counting_exactly = false;  // the message carries the listener's descriptor (SCM_RIGHTS)
  bool is_refusing_calls = false;
  std::uint32_t landlock = 0;
  std::int32_t error = 0;
};
static_assert(std::is_trivially_copyable_v<StartNote>);

// Becomes the program, or tells `channel` why not and exits. Standard streams are in place; all else closes with exec.
[[noreturn]] void start_program(const ProgramPlan& plan, pid_t supervisor, int landlock_rules, int channel) noexcept;

// Reads a note that is there, and the descriptor with it (-1 where it carries none). Does not wait.
enum class NoteRead : std::uint8_t { note, none, end };
[[nodiscard]] NoteRead receive_note(int channel, StartNote& note, int& listener) noexcept;

}  // namespace cachewitness::adapters
