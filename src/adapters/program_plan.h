// ProgramPlan: everything that starting a program takes, made beforehand. Between fork and exec nothing may be
// allocated, looked up or decided any more.
#pragma once

#include <sys/resource.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "adapters/call_filter.h"
#include "adapters/unique_fd.h"
#include "base/result.h"
#include "ports/processes.h"

namespace cachewitness::adapters {

// The supervisor arranges the descriptors below this one by fixed numbers.
inline constexpr int first_free_descriptor = 8;

// Which part of starting it failed.
enum class StartStep : std::uint8_t { none, streams, fork, directory, limits, landlock, seccomp, exec };

class ProgramPlan {
 public:
  // `mark` is the value of CACHEWITNESS_LEASE; empty = the variable is not given.
  static base::Result<ProgramPlan> make(const ports::ProcessSpec& spec, const std::string& mark);

  // Why the program is not running, for a person.
  [[nodiscard]] base::Error not_started(StartStep step, int error) const;

  [[nodiscard]] const std::vector<std::string>& candidates() const { return candidates_; }
  [[nodiscard]] char* const* arguments() const { return argument_pointers_.data(); }
  [[nodiscard]] char* const* variables() const { return variable_pointers_.data(); }
  [[nodiscard]] const char* directory() const { return directory_.empty() ? nullptr : directory_.c_str(); }
  [[nodiscard]] const std::vector<std::pair<int, rlim_t>>& limits() const { return limits_; }
  [[nodiscard]] std::uint32_t most_processes() const { return most_processes_; }
  // -1 where the program sees the whole file system.
  [[nodiscard]] int landlock_rules() const { return rules_.get(); }
  [[nodiscard]] std::uint32_t landlock_abi() const { return abi_; }
  [[nodiscard]] bool refuses_calls() const { return refuses_calls_; }
  [[nodiscard]] bool is_required() const { return is_required_; }
  // With births announced to the supervisor; empty where nobody counts them.
  [[nodiscard]] const CallFilter& counting_filter() const { return counting_filter_; }
  // For kernels that cannot announce any; empty where nothing is refused.
  [[nodiscard]] const CallFilter& plain_filter() const { return plain_filter_; }

 private:
  ProgramPlan() = default;
  void find_candidates();
  void set_variables(const ports::ProcessSpec& spec, const std::string& mark);
  void set_limits(const ports::Confinement& confinement);
  base::Result<void> confine(const ports::Confinement& confinement);

  std::vector<std::string> arguments_;
  std::vector<std::string> variables_;
  std::vector<std::string> candidates_;  // paths to try, in the order of PATH
  std::vector<char*> argument_pointers_;
  std::vector<char*> variable_pointers_;
  std::string directory_;
  std::vector<std::pair<int, rlim_t>> limits_;
  std::uint32_t most_processes_ = 0;
  UniqueFd rules_;
  std::uint32_t abi_ = 0;
  bool refuses_calls_ = false;
  bool is_required_ = false;
  CallFilter counting_filter_;
  CallFilter plain_filter_;
};

}  // namespace cachewitness::adapters
