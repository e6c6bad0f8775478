#include "skill/course.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace cachewitness::skill {

using report::StepStatus;

Course::Course(RunState& state) : state_(state), progress_(state.plan.instances.size()) {
  state_.records.resize(state.plan.instances.size());
}

void Course::restore(std::size_t instance, StepRecord record) { end(instance, std::move(record)); }

void Course::end(std::size_t instance, StepRecord record) {
  progress_[instance].phase = Phase::over;
  state_.records[instance] = std::move(record);
  ended_.push_back(instance);
}

void Course::skip(std::size_t instance, std::string reason) {
  progress_[instance].phase = Phase::over;
  state_.records[instance] = StepRecord{};
  decisions_.push_back({instance, std::move(reason)});
}

// What ends badly once the run was broken off says nothing of the run.
void Course::note_failure(std::size_t instance, base::ExitCode exit_code) {
  if (is_interrupted()) {
    return;
  }
  if (!first_failure_) {
    first_failure_ = instance;
    exit_code_ = exit_code;
  }
  is_stopping_ = true;
  is_rolling_back_ = is_rolling_back_ || state_.plan.step_of(instance).on_failure == Step::OnFailure::rollback;
}

bool Course::needs_have_ended(std::size_t instance) const {
  return std::ranges::all_of(state_.plan.needs[instance],
                             [&](std::size_t need) { return progress_[need].phase == Phase::over; });
}

Ancestry Course::ancestry_of(std::size_t instance) const {
  Ancestry ancestry;
  for (std::size_t i = 0; i < progress_.size(); ++i) {
    if (state_.plan.graph.ancestors[instance][i] && state_.records[i]) {
      const StepStatus status = state_.records[i]->status;
      ancestry.has_failed = ancestry.has_failed || status == StepStatus::failed;
      ancestry.has_succeeded =
          ancestry.has_succeeded && (status == StepStatus::complete || status == StepStatus::warning);
    }
  }
  return ancestry;
}

// Whether it may start, be tried again and run, as far as the run as a whole is concerned.
bool Course::may_go_on(std::size_t instance) const {
  const std::optional<Expression>& condition = state_.plan.step_of(instance).condition;
  switch (halt_) {
    case Halt::none:
      return !is_stopping_ || (condition && condition->asks_for_ancestry());
    case Halt::cleaning_up:
      return condition && condition->is_for_clean_up();
    case Halt::at_once:
      return false;
  }
  return false;
}

std::string Course::why_not() const {
  return is_interrupted() ? std::string("the run was broken off")
                          : fmt::format("step \"{}\" failed", state_.plan.instances[*first_failure_].id);
}

bool Course::is_to_end(const Start& start) const {
  return start.is_rollback ? halt_ == Halt::at_once : !may_go_on(start.instance);
}

void Course::abandon() {
  halt_ = Halt::at_once;
  is_rolling_back_ = false;
}

// Leaves the step waiting where it may start.
void Course::decide(std::size_t instance) {
  const std::optional<Expression>& condition = state_.plan.step_of(instance).condition;
  const Ancestry ancestry = ancestry_of(instance);
  if (!may_go_on(instance)) {
    skip(instance, fmt::format("not run, because {}", why_not()));
    return;
  }
  if (!ancestry.has_succeeded && !(condition && condition->asks_for_ancestry())) {
    skip(instance, "not run, because a step that it needs was skipped");
    return;
  }
  if (!condition) {
    return;
  }
  const auto holds =
      condition->holds([&](const Reference& reference) { return state_.value_of(reference, instance); }, ancestry);
  if (!holds) {
    fail({instance, 1, false}, base::ExitCode::usage, holds.error());
  } else if (!*holds) {
    skip(instance, fmt::format("not run, because its condition does not hold: {}", condition->source()));
  }
}

std::vector<Start> Course::next(base::Tick now, std::size_t free) {
  std::vector<Start> starts;
  if (is_rolling_back_) {
    // Whatever still runs may change what is being taken back.
    if (!is_any(Phase::running) && !is_rollback_running_) {
      if (const auto rollback = next_rollback()) {
        is_rollback_running_ = true;
        return {*rollback};
      }
      is_rolling_back_ = false;
    } else {
      return starts;
    }
  }
  for (const std::size_t instance : state_.plan.graph.order) {
    Progress& progress = progress_[instance];
    if (progress.phase == Phase::waiting && needs_have_ended(instance)) {
      decide(instance);
    }
    if (is_rolling_back_) {
      return starts;  // a decision failed
    }
    if (progress.phase == Phase::pausing && !may_go_on(instance)) {
      give_up(instance);
    }
    const bool is_due = (progress.phase == Phase::waiting && needs_have_ended(instance)) ||
                        (progress.phase == Phase::pausing && now >= progress.resumes_at);
    if (is_due && starts.size() < free) {
      progress.phase = Phase::running;
      starts.push_back({instance, ++progress.attempts, false});
    }
  }
  return starts;
}

std::optional<Start> Course::next_rollback() {
  while (!ended_.empty()) {
    const std::size_t instance = ended_.back();
    ended_.pop_back();
    if (state_.plan.step_of(instance).rollback) {
      return Start{instance, 1, true};
    }
  }
  return std::nullopt;
}

base::Duration Course::pause_before(std::uint32_t attempt, const Retry& retry) const {
  const double factor = std::pow(retry.factor, attempt - 2);  // the second attempt waits as long as was said
  const double wait =
      std::min(static_cast<double>(retry.wait.count()) * factor, static_cast<double>(retry.most.count()));
  return base::Duration(static_cast<std::int64_t>(wait));
}

bool Course::finish(const Start& start, AttemptEnd end_of_attempt, base::Tick now) {
  if (start.is_rollback) {
    is_rollback_running_ = false;
    return true;
  }
  const Retry& retry = state_.plan.step_of(start.instance).retry;
  const bool is_tried_again = end_of_attempt.status == StepStatus::failed && !end_of_attempt.is_cut_off &&
                              start.attempt <= retry.times && may_go_on(start.instance);
  if (is_tried_again) {
    Progress& progress = progress_[start.instance];
    progress.phase = Phase::pausing;
    progress.resumes_at = now + pause_before(start.attempt + 1, retry);
    progress.last = std::move(end_of_attempt);
    return false;
  }
  settle(start.instance, std::move(end_of_attempt));
  return true;
}

void Course::settle(std::size_t instance, AttemptEnd last) {
  last.record.status = last.status;
  if (last.status == StepStatus::failed && !last.is_cut_off) {  // else it did not fail by itself
    if (state_.plan.step_of(instance).on_failure == Step::OnFailure::proceed) {
      last.record.status = StepStatus::warning;
    } else {
      note_failure(instance, last.exit_code);
    }
  }
  end(instance, std::move(last.record));
}

void Course::give_up(std::size_t instance) {
  AttemptEnd last = *std::exchange(progress_[instance].last, std::nullopt);
  decisions_.push_back({instance, fmt::format("given up after {} attempts, because {}: {}",
                                              progress_[instance].attempts, why_not(), last.detail)});
  last.is_cut_off = is_interrupted();
  settle(instance, std::move(last));
}

void Course::fail(const Start& start, base::ExitCode exit_code, const std::string& reason) {
  if (start.is_rollback) {
    is_rollback_running_ = false;
    decisions_.push_back({start.instance, reason});
    return;
  }
  StepRecord record;
  record.status = StepStatus::failed;
  note_failure(start.instance, exit_code);
  progress_[start.instance].phase = Phase::over;
  state_.records[start.instance] = std::move(record);
  decisions_.push_back({start.instance, reason});
}

std::optional<base::Tick> Course::next_attempt_at() const {
  std::optional<base::Tick> first;
  for (const Progress& progress : progress_) {
    if (progress.phase == Phase::pausing) {
      first = first ? std::min(*first, progress.resumes_at) : progress.resumes_at;
    }
  }
  return first;
}

bool Course::is_any(Phase phase) const {
  return std::ranges::any_of(progress_, [phase](const Progress& progress) { return progress.phase == phase; });
}

bool Course::is_over() const {
  if (is_any(Phase::running) || is_rollback_running_) {
    return false;
  }
  return !is_rolling_back_ && !is_any(Phase::waiting) && !is_any(Phase::pausing);
}

}  // namespace cachewitness::skill
