#include "adapters/orphans.h"

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <mutex>
#include <set>
#include <span>
#include <vector>

#include "adapters/process_stat.h"
#include "adapters/reactor.h"

namespace cachewitness::adapters {

namespace {

constexpr std::size_t most_seen_processes = std::size_t{1} << 16;
constexpr base::Duration longest_sweep = std::chrono::seconds(5);
constexpr int sweep_pause_ms = 10;

// Held while a supervisor is forked or reaped, so that a sweep takes none for an orphan: not one that is not written
// down yet, and not one that has got the number of another.
std::mutex mutex;

std::set<pid_t>& supervisors() {
  static std::set<pid_t> living;
  return living;
}

bool are_ours_to_reap() {
  int is_reaper = 0;
  return ::prctl(PR_GET_CHILD_SUBREAPER, &is_reaper, 0, 0, 0) == 0 && is_reaper != 0;
}

// Requires: the mutex is held.
std::vector<ProcessStat> find_orphans(std::uint64_t born, std::span<ProcessStat> room) {
  std::vector<ProcessStat> orphans;
  const std::span<ProcessStat> processes = list_processes(room);
  const pid_t own_session = ::getsid(0);
  for (const ProcessStat& process : processes) {
    if (process.parent == ::getpid() && process.started_at >= born && !supervisors().contains(process.pid) &&
        ::getsid(process.pid) != own_session) {
      orphans.push_back(process);
    }
  }
  const std::size_t roots = orphans.size();
  for (std::size_t i = 0; i < roots; ++i) {
    const std::span<ProcessStat> below = descendants_of(orphans[i].pid, processes);
    orphans.insert(orphans.end(), below.begin(), below.end());
  }
  return orphans;
}

}  // namespace

void adopt_orphans() { ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); }

pid_t fork_supervisor() {
  const std::scoped_lock lock(mutex);
  const pid_t pid = ::fork();
  if (pid > 0) {
    supervisors().insert(pid);
  }
  return pid;
}

void wait_for_supervisor(pid_t supervisor) {
  siginfo_t ended{};
  while (::waitid(P_PID, static_cast<id_t>(supervisor), &ended, WEXITED | WNOWAIT) < 0 && errno == EINTR) {
  }
  const std::scoped_lock lock(mutex);
  while (::waitpid(supervisor, nullptr, 0) < 0 && errno == EINTR) {
  }
  supervisors().erase(supervisor);
}

std::uint32_t end_orphans(std::uint64_t born) {
  if (!are_ours_to_reap()) {
    return 0;
  }
  std::vector<ProcessStat> room(most_seen_processes);
  std::set<pid_t> ended;
  const base::Tick deadline = monotonic_now() + longest_sweep;
  for (bool is_anybody_left = true; is_anybody_left && monotonic_now() < deadline;) {
    {
      const std::scoped_lock lock(mutex);
      const std::vector<ProcessStat> orphans = find_orphans(born, room);
      is_anybody_left = !orphans.empty();
      for (const ProcessStat& orphan : orphans) {
        if (orphan.threads > 0) {
          ended.insert(orphan.pid);
          ::kill(orphan.pid, SIGKILL);
        }
        ::waitpid(orphan.pid, nullptr, WNOHANG);  // fails for those below, which come to us next
      }
    }
    if (is_anybody_left) {
      ::poll(nullptr, 0, sweep_pause_ms);
    }
  }
  return static_cast<std::uint32_t>(ended.size());
}

}  // namespace cachewitness::adapters
