// SkillRun: a plan carried out. Starts what the course says, keeps what programs print, writes the journal before and
// the log after every step. An interrupt ends what runs and lets clean-ups run, for half a minute; a crash loses
// nothing that had ended.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "app/ports.h"
#include "app/run_folder.h"
#include "app/step_pool.h"
#include "base/result.h"
#include "base/secret.h"
#include "ports/synced_file.h"
#include "report/execution_log.h"
#include "skill/course.h"
#include "skill/run_journal.h"
#include "skill/run_plan.h"

namespace cachewitness::app {

struct SkillRunSettings {
  RunFolder folder;
  std::string program;  // our own
  std::string log;      // a further copy; empty = none
  base::Duration timeout{};
  bool is_quiet = false;
  bool needs_sandbox = false;
};

class SkillRun {
 public:
  // Everything is borrowed. `earlier` is the journal of the run that this one goes on with; null = a new one.
  SkillRun(const Ports& ports, const skill::RunPlan& plan, SkillRunSettings settings, StepPool& pool,
           ports::SyncedFile& journal, skill::JournalHeader header, const skill::RunJournal* earlier);

  // To the end of it. An error where the journal or the log cannot be written.
  base::Result<void> run();

  [[nodiscard]] report::ExecutionLog log() const;
  [[nodiscard]] int exit_code() const;

 private:
  struct Running {
    skill::Start start;
    std::string folder;  // of the attempt
    std::vector<std::string> argv;
    ports::ProcessSpec spec;  // its limits alone
    base::Tick started_at;
    std::vector<base::Secret> secrets;
    skill::Value::Members files;
    std::string own_log;  // that the command was told to write
    std::stop_source cancel;
  };

  void restore(const skill::RunJournal& earlier);
  base::Result<void> begin(const skill::Start& start);
  [[nodiscard]] std::expected<ports::ProcessSpec, base::Error> prepare(const skill::Start& start, Running& running);
  base::Result<void> set_environment(const skill::Step& step, ports::ProcessSpec& spec, Running& running);
  void add_own_options(const skill::Step& step, const skill::Start& start, ports::ProcessSpec& spec,
                       Running& running) const;
  [[nodiscard]] bool must_resume_purge(const skill::Step& step, const skill::Start& start,
                                       const skill::Value::Members& files) const;
  // An interrupt, or a time that is up: the run's, then that of its clean-ups.
  void note_breaks();
  void cancel_what_is_to_end();
  [[nodiscard]] bool is_cut_off(const Running& running, ports::ProcessOutcome::End end) const;
  [[nodiscard]] std::string why_cut_off(const skill::Start& start) const;
  base::Result<void> end(StepPool::Ended ended);
  base::Result<void> note_decisions();
  // What it printed, without secrets.
  base::Result<void> keep(const Running& running, ports::ProcessOutcome& outcome);
  [[nodiscard]] skill::AttemptEnd judge(const Running& running,
                                        const base::Result<ports::ProcessOutcome>& outcome) const;
  [[nodiscard]] std::vector<report::LogStep> log_entries(const Running& running, const report::LogStep& entry,
                                                         bool was_cut_off) const;
  base::Result<void> record(skill::JournalStep step, bool is_over);
  base::Result<void> write_log();
  [[nodiscard]] std::string outcome() const;
  [[nodiscard]] std::string default_outcome() const;
  void tell(const report::LogStep& step) const;
  [[nodiscard]] skill::Template::Lookup lookup(std::size_t instance) const;

  Ports ports_;
  const skill::RunPlan& plan_;
  SkillRunSettings settings_;
  StepPool& pool_;
  ports::SyncedFile& journal_;
  skill::JournalHeader header_;
  skill::RunState state_;
  skill::Course course_;
  base::Tick deadline_;  // of the run; once it is broken off, of its clean-ups
  std::size_t next_key_ = 0;
  std::map<std::size_t, Running> running_;
  std::vector<std::string> begun_before_;  // steps that the earlier run had started
  std::vector<report::LogStep> log_;
  std::string first_fault_;  // what the step that failed said
  std::optional<int> signal_;
  bool is_over_ = false;
  base::Instant finished_at_;  // once it is over
};

}  // namespace cachewitness::app
