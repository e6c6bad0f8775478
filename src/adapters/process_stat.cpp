#include "adapters/process_stat.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <string_view>

#include "adapters/unique_fd.h"

namespace cachewitness::adapters {

namespace {

// proc(5), /proc/pid/stat: the fields behind the name, of which `state`, the third, is the first.
constexpr int state_field = 3;
constexpr int parent_field = 4;
constexpr int threads_field = 20;
constexpr int started_at_field = 22;

// As the kernel lays it out for getdents64(2); glibc's readdir() would allocate.
struct DirectoryEntry {
  std::uint64_t inode;
  std::int64_t offset;
  std::uint16_t length;
  std::uint8_t type;
  char name[1];
};

std::uint64_t number_of(std::string_view digits) {
  std::uint64_t number = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return number;
}

std::optional<pid_t> pid_of(const char* name) {
  pid_t pid = 0;
  const char* const end = name + std::strlen(name);
  const auto [rest, error] = std::from_chars(name, end, pid);
  return error == std::errc() && rest == end ? std::optional(pid) : std::nullopt;
}

std::optional<ProcessStat> parse_stat(pid_t pid, std::string_view text) {
  const std::size_t name_end = text.rfind(')');  // the name may hold anything, parentheses and spaces too
  if (name_end == std::string_view::npos || name_end + 2 >= text.size()) {
    return std::nullopt;
  }
  text.remove_prefix(name_end + 2);
  ProcessStat stat{pid, 0, 0, 0};
  bool is_zombie = false;
  for (int field = state_field; field <= started_at_field && !text.empty(); ++field) {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(word.size() + 1, text.size()));
    if (field == state_field) {
      is_zombie = word == "Z" || word == "X";
    } else if (field == parent_field) {
      stat.parent = static_cast<pid_t>(number_of(word));
    } else if (field == threads_field) {
      stat.threads = static_cast<std::uint32_t>(number_of(word));
    } else if (field == started_at_field) {
      stat.started_at = number_of(word);
    }
  }
  // The first thread of a process may end before the others do.
  stat.threads -= is_zombie && stat.threads > 0 ? 1 : 0;
  return stat;
}

}  // namespace

std::optional<ProcessStat> read_process_stat(pid_t pid) {
  std::array<char, 32> path{"/proc/"};
  char* const end = std::to_chars(path.data() + 6, path.data() + path.size() - 6, pid).ptr;
  std::memcpy(end, "/stat", 6);
  const UniqueFd file(::open(path.data(), O_RDONLY | O_CLOEXEC));
  std::array<char, 1024> text;
  const ssize_t length = file.is_open() ? ::read(file.get(), text.data(), text.size()) : -1;
  return length <= 0 ? std::nullopt : parse_stat(pid, {text.data(), static_cast<std::size_t>(length)});
}

std::span<ProcessStat> list_processes(std::span<ProcessStat> room) {
  const UniqueFd directory(::open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  alignas(DirectoryEntry) std::array<char, 8192> entries;
  std::size_t found = 0;
  while (directory.is_open() && found < room.size()) {
    const long length = ::syscall(SYS_getdents64, directory.get(), entries.data(), entries.size());
    if (length <= 0) {
      break;
    }
    for (long at = 0; at < length && found < room.size();) {
      const char* const entry = entries.data() + at;
      std::uint16_t entry_length = 0;
      std::memcpy(&entry_length, entry + offsetof(DirectoryEntry, length), sizeof entry_length);
      at += entry_length;
      const auto pid = pid_of(entry + offsetof(DirectoryEntry, name));
      const auto stat = pid ? read_process_stat(*pid) : std::nullopt;
      if (stat) {
        room[found++] = *stat;
      }
    }
  }
  return room.first(found);
}

std::span<ProcessStat> descendants_of(pid_t root, std::span<ProcessStat> processes) {
  // Those known to be below come first. Each round adds their children; a family has few generations.
  std::span<ProcessStat> known;
  for (;;) {
    const auto is_child = [&](const ProcessStat& process) {
      return process.parent == root ||
             std::ranges::any_of(known, [&](const ProcessStat& above) { return above.pid == process.parent; });
    };
    const std::span<ProcessStat> rest = processes.subspan(known.size());
    const auto others = std::partition(rest.begin(), rest.end(), is_child);
    if (others == rest.begin()) {
      return known;
    }
    known = processes.first(known.size() + static_cast<std::size_t>(others - rest.begin()));
  }
}

}  // namespace cachewitness::adapters
