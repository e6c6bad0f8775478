#include "adapters/lease.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "adapters/process_stat.h"
#include "adapters/reactor.h"
#include "adapters/system_error.h"
#include "base/text.h"

namespace cachewitness::adapters {

namespace {

constexpr std::string_view first_line = "cachewitness-lease 1";
constexpr std::size_t most_lease_bytes = std::size_t{16} << 20;
constexpr std::size_t most_environment_bytes = std::size_t{2} << 20;
constexpr std::size_t most_seen_processes = std::size_t{1} << 16;
constexpr base::Duration longest_reaping = std::chrono::seconds(5);
constexpr int round_ms = 20;

// One process for as long as the machine is up.
struct Identity {
  pid_t pid = 0;
  std::uint64_t started_at = 0;
  friend auto operator<=>(const Identity&, const Identity&) = default;
};

struct Record {
  std::string mark;
  Identity owner;
  std::set<Identity> started;  // and not ended, as far as was noted
};

std::unexpected<base::Error> unusable(const std::string& path, std::string_view why) {
  return base::fail(base::errors::unwritable_file, fmt::format("the lease {}: {}", base::printable(path, 1000), why));
}

// A file of /proc, which has no size beforehand.
std::string read_whole(const char* path, std::size_t limit) {
  std::string text;
  const UniqueFd file(::open(path, O_RDONLY | O_CLOEXEC));
  char buffer[4096];
  while (file.is_open() && text.size() < limit) {
    const ssize_t got = ::read(file.get(), buffer, sizeof buffer);
    if (got <= 0) {
      break;
    }
    text.append(buffer, static_cast<std::size_t>(got));
  }
  return text;
}

std::string boot_id() { return std::string(base::trim(read_whole("/proc/sys/kernel/random/boot_id", 100))); }

Identity own_identity() {
  const auto stat = read_process_stat(::getpid());
  return {::getpid(), stat ? stat->started_at : 0};
}

std::string mark_of(const Identity& owner) { return fmt::format("{}:{}:{}", boot_id(), owner.pid, owner.started_at); }

bool is_alive(const Identity& process) {
  const auto stat = read_process_stat(process.pid);
  return stat && stat->threads > 0 && stat->started_at == process.started_at;
}

std::optional<Identity> parse_identity(std::string_view text) {
  Identity identity;
  const char* const end = text.data() + text.size();
  const auto pid = std::from_chars(text.data(), end, identity.pid);
  if (pid.ec != std::errc() || pid.ptr == end || *pid.ptr != ' ') {
    return std::nullopt;
  }
  const auto start = std::from_chars(pid.ptr + 1, end, identity.started_at);
  return start.ec == std::errc() && start.ptr == end && identity.pid > 1 ? std::optional(identity) : std::nullopt;
}

// A last line without its end was being written when the machine took the run away; it is left out.
std::optional<Record> parse_lease(std::string_view text) {
  Record record;
  bool is_lease = false;
  while (text.find('\n') != std::string_view::npos) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(line.size() + 1);
    const std::string_view word = line.substr(0, line.find(' '));
    const std::string_view rest = word.size() == line.size() ? std::string_view() : line.substr(word.size() + 1);
    const auto identity = parse_identity(rest);
    is_lease = is_lease || line == first_line;
    if (word == "mark") {
      record.mark = rest;
    } else if (word == "owner" && identity) {
      record.owner = *identity;
    } else if (word == "started" && identity) {
      record.started.insert(*identity);
    } else if (word == "ended" && identity) {
      record.started.erase(*identity);
    }
  }
  return is_lease && record.owner.pid != 0 ? std::optional(std::move(record)) : std::nullopt;
}

// Nothing where the file is not there, or empty: its run was killed before it could start anything.
base::Result<std::optional<Record>> read_lease(const std::string& path) {
  if (::access(path.c_str(), F_OK) != 0) {
    return std::optional<Record>();
  }
  const std::string text = read_whole(path.c_str(), most_lease_bytes);
  auto record = parse_lease(text);
  if (!record && text.find('\n') != std::string::npos) {
    return unusable(path, "this file is no lease; name another one, or remove it");
  }
  return record;
}

bool bears_mark(pid_t pid, const std::string& mark) {
  const std::string text = read_whole(fmt::format("/proc/{}/environ", pid).c_str(), most_environment_bytes);
  const std::string variable = fmt::format("{}={}", lease_variable, mark);
  std::string_view left = text;
  while (!left.empty()) {
    const std::string_view entry = left.substr(0, left.find('\0'));
    if (entry == variable) {
      return true;
    }
    left.remove_prefix(std::min(entry.size() + 1, left.size()));
  }
  return false;
}

// What the lease names, what bears its mark, and all their descendants.
std::set<Identity> find_leftovers(const Record& record, std::vector<ProcessStat>& room) {
  std::set<Identity> leftovers;
  const std::span<ProcessStat> processes = list_processes(room);
  std::vector<pid_t> roots;
  for (const ProcessStat& process : processes) {
    const Identity identity{process.pid, process.started_at};
    if (process.pid != ::getpid() && (record.started.contains(identity) || bears_mark(process.pid, record.mark))) {
      roots.push_back(process.pid);
      leftovers.insert(identity);
    }
  }
  for (const pid_t root : roots) {
    for (const ProcessStat& process : descendants_of(root, processes)) {
      leftovers.insert({process.pid, process.started_at});
    }
  }
  std::erase_if(leftovers, [](const Identity& process) { return process.pid == ::getpid() || !is_alive(process); });
  return leftovers;
}

// By a descriptor that stands for this very process, so that a number which changes hands meanwhile does no harm.
void kill_process(const Identity& process) {
  const UniqueFd handle(static_cast<int>(::syscall(SYS_pidfd_open, process.pid, 0)));
  if (handle.is_open() && is_alive(process)) {
    ::syscall(SYS_pidfd_send_signal, handle.get(), SIGKILL, nullptr, 0);
  }
}

base::Result<std::uint32_t> end_leftovers(const std::string& path, const Record& record) {
  std::vector<ProcessStat> room(most_seen_processes);
  std::set<Identity> ended;
  const base::Tick deadline = monotonic_now() + longest_reaping;
  for (;;) {
    const std::set<Identity> leftovers = find_leftovers(record, room);
    if (leftovers.empty()) {
      return static_cast<std::uint32_t>(ended.size());
    }
    if (monotonic_now() >= deadline) {
      return base::fail(
          base::errors::program_failed,
          fmt::format("process {}, which an earlier run left behind ({}), cannot be killed; end it by hand",
                      leftovers.begin()->pid, base::printable(path, 1000)));
    }
    for (const Identity& process : leftovers) {
      kill_process(process);
      ended.insert(process);
    }
    ::poll(nullptr, 0, round_ms);
  }
}

}  // namespace

base::Result<std::uint32_t> reap_lease(const std::string& path) {
  auto record = read_lease(path);
  if (!record) {
    return std::unexpected(std::move(record).error());
  }
  std::uint32_t ended = 0;
  // Of an earlier boot nothing is left, and its numbers are somebody else's.
  if (*record && (*record)->mark == mark_of((*record)->owner)) {
    const Identity owner = (*record)->owner;
    if (owner != own_identity() && is_alive(owner)) {
      return base::fail(base::errors::run_in_progress,
                        fmt::format("process {} is working on this run ({}); wait until it has ended, or end it",
                                    owner.pid, base::printable(path, 1000)));
    }
    auto done = end_leftovers(path, **record);
    if (!done) {
      return done;
    }
    ended = *done;
  }
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) {
    return unusable(path, system_error_text(errno));
  }
  return ended;
}

base::Result<Lease> Lease::open(const std::string& path) {
  const Identity owner = own_identity();
  std::string mark = mark_of(owner);
  const auto record = read_lease(path);
  if (!record) {
    return std::unexpected(record.error());
  }
  const bool is_ours = *record && (*record)->owner == owner && (*record)->mark == mark;
  if (!is_ours) {
    if (auto reaped = reap_lease(path); !reaped) {
      return std::unexpected(std::move(reaped).error());
    }
  }
  UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  if (!file.is_open()) {
    return unusable(path, system_error_text(errno));
  }
  Lease lease(path, std::move(mark), std::move(file));
  if (!is_ours) {
    const auto written =
        lease.append(fmt::format("{}\nmark {}\nowner {} {}\n", first_line, lease.mark_, owner.pid, owner.started_at));
    if (!written) {
      return std::unexpected(written.error());
    }
  }
  return lease;
}

// A single write, which O_APPEND keeps whole where several threads start programs. A killed process loses nothing that
// was written; a machine that fails takes what runs with it.
base::Result<void> Lease::append(std::string_view line) {
  const ssize_t written = ::write(file_.get(), line.data(), line.size());
  return written == static_cast<ssize_t>(line.size())
             ? base::Result<void>()
             : unusable(path_, written < 0 ? system_error_text(errno) : "the disk is full");
}

base::Result<void> Lease::note_start(pid_t pid) {
  const auto stat = read_process_stat(pid);
  started_at_ = stat ? stat->started_at : 0;
  return append(fmt::format("started {} {}\n", pid, started_at_));
}

void Lease::note_end(pid_t pid) {
  // Where this line is lost, reaping finds nobody of that start time, and does nothing.
  static_cast<void>(append(fmt::format("ended {} {}\n", pid, started_at_)));
}

}  // namespace cachewitness::adapters
