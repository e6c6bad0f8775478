// What /proc says of a process. Nothing here allocates or locks: a supervisor uses it between fork and exec.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <span>

namespace cachewitness::adapters {

struct ProcessStat {
  pid_t pid = 0;
  pid_t parent = 0;
  std::uint32_t threads = 0;     // 0 where it has ended and only waits to be reaped
  std::uint64_t started_at = 0;  // in clock ticks since the machine started: with `pid`, one process for good
};

// Nothing where there is no such process.
[[nodiscard]] std::optional<ProcessStat> read_process_stat(pid_t pid);

// Every process of the machine by ascending number, as far as `room` reaches; returns those that were found.
[[nodiscard]] std::span<ProcessStat> list_processes(std::span<ProcessStat> room);

// Moves the descendants of `root` to the front of `processes`, which list_processes() gave, and returns them.
[[nodiscard]] std::span<ProcessStat> descendants_of(pid_t root, std::span<ProcessStat> processes);

}  // namespace cachewitness::adapters
