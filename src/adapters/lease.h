// Lease: a file that names what a run has started, so that the next start can end what a killed run left behind.
//
// Lines of text: `cachewitness-lease 1`, `mark M`, `owner PID START`, then `started PID START` before each program runs
// and `ended PID START` after it. START is the process's start time in clock ticks (proc(5)), so that a number that was
// given to somebody else meanwhile is told apart; the mark holds the machine's boot, so that another boot's numbers
// are.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "adapters/unique_fd.h"
#include "base/result.h"

namespace cachewitness::adapters {

// The environment variable by which what a leased program started is recognised, wherever it went.
inline constexpr std::string_view lease_variable = "CACHEWITNESS_LEASE";

class Lease {
 public:
  // Opens the file, or makes it. Refused where another process, that is alive, owns it.
  static base::Result<Lease> open(const std::string& path);

  // The value of lease_variable for this process's children.
  [[nodiscard]] const std::string& mark() const { return mark_; }
  // Before it runs.
  [[nodiscard]] base::Result<void> note_start(pid_t pid);
  void note_end(pid_t pid);

 private:
  Lease(std::string path, std::string mark, UniqueFd file)
      : path_(std::move(path)), mark_(std::move(mark)), file_(std::move(file)) {}
  base::Result<void> append(std::string_view line);

  std::string path_;
  std::string mark_;
  UniqueFd file_;
  std::uint64_t started_at_ = 0;
};

// As ports::Processes::reap().
[[nodiscard]] base::Result<std::uint32_t> reap_lease(const std::string& path);

}  // namespace cachewitness::adapters
