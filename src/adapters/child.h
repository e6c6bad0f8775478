// Child: one started program of the user's, from fork to the last of its family, seen from our side. Knows how to
// start and stop it and to learn its end; what is done with its output is the caller's affair. Destroyed before its
// end was taken, it is killed: no child outlives the interest in it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>

#include "adapters/lease.h"
#include "adapters/program_plan.h"
#include "adapters/supervisor.h"
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
  // Readable once the program has ended, and its family with it.
  [[nodiscard]] int end_notice() const { return control_.get(); }

  // SIGTERM to its process group; SIGKILL to the whole family.
  void terminate() const { send(Order::terminate); }
  void kill() const { send(Order::kill); }
  // Where it obeys no order, because somebody has stopped it: its end is then one that it did not report.
  void kill_supervisor() const;
  // Waits for the end. An Error where no program ran.
  base::Result<EndReport> take_end();

 private:
  Child(ProgramPlan plan, std::optional<Lease> lease) : plan_(std::move(plan)), lease_(std::move(lease)) {}
  base::Result<void> launch(const ports::ProcessSpec& spec);
  void send(Order order) const;

  ProgramPlan plan_;
  std::optional<Lease> lease_;
  pid_t supervisor_ = 0;    // 0 once it is reaped
  std::uint64_t born_ = 0;  // when the supervisor was started, in clock ticks
  UniqueFd control_;
  UniqueFd output_;
  UniqueFd diagnostics_;
};

}  // namespace cachewitness::adapters
