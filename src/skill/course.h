// Course: which step runs next. A state machine over a plan: it is told what has ended and what time it is, and says
// what is to be started and what is to be cancelled. Knows no process, no file and no clock.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "skill/run_state.h"

namespace cachewitness::skill {

// One attempt to start, of a step or of its rollback.
struct Start {
  std::size_t instance = 0;
  std::uint32_t attempt = 1;
  bool is_rollback = false;
};

// How an attempt ended.
struct AttemptEnd {
  report::StepStatus status = report::StepStatus::failed;  // complete, warning or failed
  base::ExitCode exit_code = base::ExitCode::failed;       // what a failure makes of the run
  StepRecord record;                                       // its status is the course's to decide
  std::string detail;
  bool is_cut_off = false;  // ended by us and not by itself: is_to_end() said so, or the run's time was up
};

// A step that has come to its end, also by being skipped.
struct Decision {
  std::size_t instance = 0;
  std::string reason;  // why it was skipped or could not start; empty where it ran
};

class Course {
 public:
  explicit Course(RunState& state);

  // A step that an earlier run has completed.
  void restore(std::size_t instance, StepRecord record);
  // What to start now, `free` at most. Steps that can never run are decided on the way: take_decisions().
  [[nodiscard]] std::vector<Start> next(base::Tick now, std::size_t free);
  // True where the step is over, false where it will be tried again.
  bool finish(const Start& start, AttemptEnd end, base::Tick now);
  // A step of which something other than its program failed: its references have no value, it cannot be started.
  void fail(const Start& start, base::ExitCode exit_code, const std::string& reason);
  // The run is broken off: what runs is to end, and only clean-ups start: what says always(), and rollbacks that were
  // begun.
  void interrupt() { halt_ = std::max(halt_, Halt::cleaning_up); }
  // Clean-ups end too, and nothing further starts.
  void abandon();
  // Whether what was started is to be cancelled: the run has failed or was broken off, and it is no clean-up.
  [[nodiscard]] bool is_to_end(const Start& start) const;

  [[nodiscard]] std::vector<Decision> take_decisions() { return std::exchange(decisions_, {}); }
  // When a step that waits for its next attempt may start; nothing where none does.
  [[nodiscard]] std::optional<base::Tick> next_attempt_at() const;
  [[nodiscard]] bool is_over() const;
  [[nodiscard]] bool is_interrupted() const { return halt_ != Halt::none; }
  [[nodiscard]] bool is_abandoned() const { return halt_ == Halt::at_once; }
  // Of the first step that failed; `passed` where none did.
  [[nodiscard]] base::ExitCode exit_code() const { return exit_code_; }
  [[nodiscard]] const std::optional<std::size_t>& first_failure() const { return first_failure_; }

 private:
  enum class Phase : std::uint8_t { waiting, running, pausing, over };
  enum class Halt : std::uint8_t { none, cleaning_up, at_once };
  struct Progress {
    Phase phase = Phase::waiting;
    std::uint32_t attempts = 0;
    base::Tick resumes_at;
    std::optional<AttemptEnd> last;  // of the attempt that failed, while it waits for the next
  };

  [[nodiscard]] bool may_go_on(std::size_t instance) const;
  [[nodiscard]] std::string why_not() const;
  void decide(std::size_t instance);
  [[nodiscard]] bool needs_have_ended(std::size_t instance) const;
  [[nodiscard]] Ancestry ancestry_of(std::size_t instance) const;
  void end(std::size_t instance, StepRecord record);
  void skip(std::size_t instance, std::string reason);
  void give_up(std::size_t instance);
  void settle(std::size_t instance, AttemptEnd last);
  void note_failure(std::size_t instance, base::ExitCode exit_code);
  [[nodiscard]] std::optional<Start> next_rollback();
  [[nodiscard]] bool is_any(Phase phase) const;
  [[nodiscard]] base::Duration pause_before(std::uint32_t attempt, const Retry& retry) const;

  RunState& state_;
  std::vector<Progress> progress_;
  std::vector<std::size_t> ended_;  // in this order, for rollbacks
  std::vector<Decision> decisions_;
  base::ExitCode exit_code_ = base::ExitCode::passed;
  std::optional<std::size_t> first_failure_;
  bool is_stopping_ = false;
  bool is_rolling_back_ = false;
  bool is_rollback_running_ = false;
  Halt halt_ = Halt::none;
};

}  // namespace cachewitness::skill
