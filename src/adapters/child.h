// Child: one started program of the user's, from posix_spawn to the reaped status. Knows how to start, to
// signal its group and to learn its end; what is done with its output is the caller's affair. Destroyed
// before its end was taken, it is killed and reaped: no child outlives the interest in it.
#pragma once

#include <sys/types.h>

#include "adapters/unique_fd.h"
#include "base/result.h"
#include "ports/processes.h"

namespace cachewitness::adapters {

class Child {
 public:
  static base::Result<Child> start(const ports::ProcessSpec& spec);
  Child(Child&& other) noexcept;
  Child& operator=(Child&&) = delete;
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child();

  // Non-blocking ends of its standard output and standard error.
  [[nodiscard]] int output() const { return output_.get(); }
  [[nodiscard]] int diagnostics() const { return diagnostics_.get(); }
  // Readable once the program has ended.
  [[nodiscard]] int end_notice() const { return pidfd_.get(); }

  void signal_group(int signal) const;
  // Requires end_notice() to be readable. Kills what is left of its group, then reaps it: in this order,
  // because the number of the group is only ours as long as the program is not reaped.
  struct Status {
    bool is_signalled = false;
    int code = 0;  // exit status, or the signal's number
  };
  Status take_status();

 private:
  Child(pid_t pid, UniqueFd pidfd) : pid_(pid), pidfd_(std::move(pidfd)) {}

  pid_t pid_;  // 0 once it is reaped; also the number of its process group
  UniqueFd pidfd_;
  UniqueFd output_;
  UniqueFd diagnostics_;
};

}  // namespace cachewitness::adapters
