// Orphans: what a program has started and whose supervisor was killed before it could end them. Outside of a sandbox a
// program may do that. Where our process asked to be the reaper of its descendants, they become our children, and are
// ended; where it did not, they are somebody else's, and only the program itself dies with its supervisor.
//
// Of two programs that run side by side nobody mistakes the other's: the families of living supervisors have reapers.
#pragma once

#include <sys/types.h>

#include <cstdint>

namespace cachewitness::adapters {

// Once, by the program's entry: a setting of the whole process (PR_SET_CHILD_SUBREAPER), so no library's to make.
void adopt_orphans();

// fork(2) for a supervisor: one of our children that is no orphan, until its end was taken by wait_for_supervisor().
[[nodiscard]] pid_t fork_supervisor();
void wait_for_supervisor(pid_t supervisor);

// Kills what a supervisor that has just died left to us, until nothing of it is left or five seconds have passed, and
// returns how many processes that were. `born` is when the supervisor was started, in clock ticks (proc(5)): whoever is
// older is not of its family, nor is who shares our session, which a supervisor leaves before it starts anything.
std::uint32_t end_orphans(std::uint64_t born);

}  // namespace cachewitness::adapters
