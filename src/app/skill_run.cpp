#include "app/skill_run.h"

#include <algorithm>

#include <fmt/format.h>

#include "app/child_environment.h"
#include "app/diagnostics.h"
#include "app/private_file.h"
#include "app/program_end.h"
#include "app/publish.h"
#include "app/secrets.h"
#include "app/step_log.h"
#include "base/assert.h"
#include "base/text.h"
#include "manifest/value_readers.h"
#include "skill/actions.h"
#include "skill/invocation.h"
#include "skill/step_answer.h"

namespace cachewitness::app {

namespace {

using report::LogStep;
using report::StepStatus;

// How long an interrupt may go unnoticed.
constexpr base::Duration patience = std::chrono::milliseconds(100);
// How long clean-ups may take in all once the run was broken off.
constexpr base::Duration clean_up_time = std::chrono::seconds(30);

// What cannot be confined stays unconfined, unless somebody insists; what was in force is in the log.
void confine(const skill::Step& step, const skill::RunPlan& plan, const RunFolder& folder, bool is_required,
             ports::ProcessSpec& spec) {
  ports::Confinement& confinement = spec.confinement;
  confinement.cpu_time = step.limits.cpu_time;
  confinement.memory_bytes = step.limits.memory_bytes;
  confinement.file_bytes = step.limits.file_bytes;
  confinement.processes = step.limits.processes;
  confinement.refuses_calls = true;
  confinement.is_required = is_required;
  // Interpreters lie where their users like, and read what lies beside them.
  confinement.files = ports::FileAccess{{"/", plan.skill.directory}, {folder.work(), folder.temporary()}};
}

// A rollback is a program without outputs, whatever its step is.
const skill::Step any_program;

constexpr std::string_view time_was_up = "ended, because the run's time was up";

bool has_option(const std::vector<std::string>& argv, std::string_view name) {
  return std::ranges::any_of(argv, [name](const std::string& argument) {
    return argument == name || argument.starts_with(std::string(name) + "=");
  });
}

}  // namespace

SkillRun::SkillRun(const Ports& ports, const skill::RunPlan& plan, SkillRunSettings settings, StepPool& pool,
                   ports::SyncedFile& journal, skill::JournalHeader header, const skill::RunJournal* earlier)
    : ports_(ports),
      plan_(plan),
      settings_(std::move(settings)),
      pool_(pool),
      journal_(journal),
      header_(std::move(header)),
      state_{plan, header_.run_id, settings_.folder.path, {}},
      course_(state_),
      deadline_(ports.clock.tick() + settings_.timeout) {
  if (earlier != nullptr) {
    restore(*earlier);
  }
}

// What failed or was skipped is decided anew, and what cleaned up has more to clean up.
void SkillRun::restore(const skill::RunJournal& earlier) {
  begun_before_ = earlier.started;
  for (const skill::JournalStep& step : earlier.steps) {
    const auto found = std::ranges::find(plan_.instances, step.id, &skill::Instance::id);
    const bool is_done = step.record.status == StepStatus::complete || step.record.status == StepStatus::warning;
    if (found == plan_.instances.end()) {
      continue;  // a rollback
    }
    const auto index = static_cast<std::size_t>(found - plan_.instances.begin());
    const auto& condition = plan_.step_of(index).condition;
    if (is_done && !state_.records[index] && !(condition && condition->is_for_clean_up())) {
      course_.restore(index, step.record);
      log_.insert(log_.end(), step.log.begin(), step.log.end());
    } else if (step.record.status == StepStatus::failed) {
      begun_before_.push_back(step.id);
    }
  }
}

skill::Template::Lookup SkillRun::lookup(std::size_t instance) const {
  return [this, instance](const skill::Reference& reference) { return state_.value_of(reference, instance); };
}

base::Result<void> SkillRun::run() {
  if (auto written = write_log(); !written) {
    return written;
  }
  while (!course_.is_over()) {
    note_breaks();
    const base::Tick now = ports_.clock.tick();
    const std::size_t slots = plan_.workflow.concurrency;
    for (const skill::Start& start : course_.next(now, slots - std::min(slots, running_.size()))) {
      if (auto begun = begin(start); !begun) {
        return begun;
      }
    }
    if (auto noted = note_decisions(); !noted) {
      return noted;
    }
    cancel_what_is_to_end();
    if (course_.is_over()) {
      break;
    }
    const auto next_attempt = course_.next_attempt_at();
    const base::Duration pause = next_attempt ? std::clamp(*next_attempt - now, base::Duration(1), patience) : patience;
    if (auto ended = pool_.wait(pause)) {
      if (auto taken = end(*std::move(ended)); !taken) {
        return taken;
      }
    }
  }
  is_over_ = true;
  finished_at_ = ports_.clock.wall();
  std::string line;
  skill::append_finish(outcome(), exit_code(), finished_at_, line);
  if (auto appended = journal_.append(line); !appended) {
    return appended;
  }
  return write_log();
}

void SkillRun::note_breaks() {
  signal_ = signal_ ? signal_ : ports_.interrupts.pending();
  const base::Tick now = ports_.clock.tick();
  if (!course_.is_interrupted() && (signal_ || now >= deadline_)) {
    course_.interrupt();
    deadline_ = now + clean_up_time;
  } else if (now >= deadline_) {
    course_.abandon();
  }
}

void SkillRun::cancel_what_is_to_end() {
  for (auto& [key, running] : running_) {
    if (course_.is_to_end(running.start)) {
      running.cancel.request_stop();
    }
  }
}

base::Result<void> SkillRun::begin(const skill::Start& start) {
  Running running;
  running.start = start;
  const std::string& id = plan_.instances[start.instance].id;
  running.folder =
      settings_.folder.attempt(start.instance, plan_.step_of(start.instance).id, start.attempt, start.is_rollback);
  if (auto made = ports_.files.make_folder(running.folder); !made) {
    return made;
  }
  auto spec = prepare(start, running);
  if (!spec) {
    course_.fail(start, spec.error().id.exit_code, spec.error().message);
    return {};
  }
  std::string line;
  skill::append_start(start.is_rollback ? id + " rollback" : id, start.attempt, ports_.clock.wall(), line);
  if (auto appended = journal_.append(line); !appended) {
    return appended;
  }
  running.started_at = ports_.clock.tick();
  running.argv = spec->argv;
  running.spec.timeout = spec->timeout;  // how_it_ended() tells by these
  running.spec.max_output_bytes = spec->max_output_bytes;
  running.spec.confinement = spec->confinement;
  const std::size_t key = next_key_++;
  running_.emplace(key, std::move(running));
  pool_.start(key, *std::move(spec));
  return {};
}

std::expected<ports::ProcessSpec, base::Error> SkillRun::prepare(const skill::Start& start, Running& running) {
  const skill::Step& step = plan_.step_of(start.instance);
  const skill::Instance& instance = plan_.instances[start.instance];
  const auto values = lookup(start.instance);
  const auto failed = [&](const std::string& why) {
    return std::unexpected(base::Error{base::errors::usage, why, {}});
  };
  ports::ProcessSpec spec;
  const bool is_own = step.kind == skill::Step::Kind::command && !start.is_rollback;
  spec.argv = {is_own ? settings_.program : start.is_rollback ? instance.rollback.path : instance.program.path};
  auto arguments =
      start.is_rollback ? skill::fill_arguments(step.rollback->run, values) : skill::arguments_of(step, values);
  if (!arguments) {
    return failed(arguments.error());
  }
  if (start.is_rollback) {
    arguments->erase(arguments->begin());
  }
  std::ranges::move(*arguments, std::back_inserter(spec.argv));
  spec.working_directory = settings_.folder.work();
  spec.timeout =
      std::min(start.is_rollback ? step.rollback->timeout : step.limits.timeout, deadline_ - ports_.clock.tick());
  spec.max_output_bytes = step.limits.max_output_bytes;
  if (auto set = set_environment(step, spec, running); !set) {
    return std::unexpected(std::move(set).error());
  }
  spec.lease = settings_.folder.lease();
  spec.stop = running.cancel.get_token();
  if (!is_own) {
    confine(step, plan_, settings_.folder, settings_.needs_sandbox, spec);
    for (const skill::Template& path : step.writes) {
      const auto filled = path.fill(values);
      if (!filled) {
        return failed(filled.error());
      }
      spec.confinement.files->writable.push_back(skill::plain_text(*filled));
    }
  }
  if (start.is_rollback) {
    return spec;
  }
  auto input = skill::input_of(
      step, {header_.run_id, instance.id, start.attempt, settings_.folder.work(), plan_.skill.directory}, values);
  if (!input) {
    return failed(input.error());
  }
  spec.input = *std::move(input);
  running.files = skill::file_outputs(step, settings_.folder.work(), values);
  if (is_own) {
    add_own_options(step, start, spec, running);
  }
  return spec;
}

base::Result<void> SkillRun::set_environment(const skill::Step& step, ports::ProcessSpec& spec, Running& running) {
  std::vector<std::string> names{"HOME"};
  names.insert(names.end(), plan_.workflow.environment.begin(), plan_.workflow.environment.end());
  names.insert(names.end(), step.environment.begin(), step.environment.end());
  spec.environment = child_environment(ports_.environment, names);
  for (const auto& [name, value] : spec.environment) {
    if (manifest::is_secret_name(base::lower_case(name))) {
      running.secrets.emplace_back(value);
    }
  }
  for (const skill::StepSecret& secret : step.secrets) {
    auto value = read_secret(ports_, secret.from);
    if (!value) {
      return std::unexpected(std::move(value).error());
    }
    spec.environment.emplace_back(secret.name, std::string(value->expose()));
    running.secrets.push_back(*std::move(value));
  }
  std::erase_if(spec.environment, [](const auto& variable) { return variable.first == "TMPDIR"; });
  spec.environment.emplace_back("TMPDIR", settings_.folder.temporary());
  // What a skill holds must stay what was pinned.
  spec.environment.emplace_back("PYTHONDONTWRITEBYTECODE", "1");
  return {};
}

void SkillRun::add_own_options(const skill::Step& step, const skill::Start& start, ports::ProcessSpec& spec,
                               Running& running) const {
  const skill::Action* action = skill::find_action(step.action);
  CW_ASSERT(action != nullptr);
  std::vector<std::string>& argv = spec.argv;
  if (action->answers_json && !has_option(argv, "--format")) {
    argv.emplace_back("--format=json");
  }
  if (action->has_log) {
    const auto given = std::ranges::find(running.files, "log", &skill::Value::Member::name);
    running.own_log = given == running.files.end() ? running.folder + "/log.json" : skill::plain_text(given->value);
    if (!has_option(argv, "--log")) {
      argv.push_back("--log=" + running.own_log);
    }
  }
  if (must_resume_purge(step, start, running.files)) {
    argv.emplace_back("--resume");
  }
}

// Its journal knows what was taken: that is left alone, and the rest is sent.
bool SkillRun::must_resume_purge(const skill::Step& step, const skill::Start& start,
                                 const skill::Value::Members& files) const {
  const std::string& id = plan_.instances[start.instance].id;
  const bool was_begun = start.attempt > 1 || std::ranges::find(begun_before_, id) != begun_before_.end();
  const auto given = std::ranges::find(files, "journal", &skill::Value::Member::name);
  const std::string journal =
      given == files.end() ? settings_.folder.work() + "/purge.jsonl" : skill::plain_text(given->value);
  return step.action == "purge" && was_begun && ports_.files.exists(journal);
}

base::Result<void> SkillRun::keep(const Running& running, ports::ProcessOutcome& outcome) {
  for (const base::Secret& secret : running.secrets) {
    base::mask(outcome.output, secret);
    base::mask(outcome.diagnostics, secret);
  }
  auto kept = write_private(ports_.files, running.folder + "/stdout", outcome.output);
  return kept ? write_private(ports_.files, running.folder + "/stderr", outcome.diagnostics) : kept;
}

skill::AttemptEnd SkillRun::judge(const Running& running, const base::Result<ports::ProcessOutcome>& outcome) const {
  using How = evidence::CheckExit::How;
  const bool is_rollback = running.start.is_rollback;
  const skill::Step& step = is_rollback ? any_program : plan_.step_of(running.start.instance);
  if (!outcome) {
    return skill::read_answer(step, {How::not_started, 0, outcome.error().message}, {}, false, {});
  }
  const std::string reason = how_it_ended(running.spec, *outcome);
  skill::AttemptEnd end =
      skill::read_answer(step, exit_of(*outcome, reason), outcome->output, outcome->output_truncated, running.files);
  end.record.stdout_path = running.folder + "/stdout";
  if (end.status == StepStatus::failed) {
    end.detail += last_words(*outcome);
  }
  return end;
}

// Of a command that keeps a log: its steps, and why they are not all where we cut it off.
std::vector<LogStep> SkillRun::log_entries(const Running& running, const LogStep& entry, bool was_cut_off) const {
  if (running.own_log.empty() || !ports_.files.exists(running.own_log)) {
    return {entry};
  }
  auto own = load_log(ports_, running.own_log);
  if (!own || own->steps.empty()) {
    return {entry};
  }
  std::vector<LogStep> entries = spliced(entry, std::move(own->steps));
  if (was_cut_off) {
    entries.push_back(entry);
  }
  return entries;
}

// Not ended by itself: we cancelled it, or the run's own time was up.
bool SkillRun::is_cut_off(const Running& running, ports::ProcessOutcome::End end) const {
  using End = ports::ProcessOutcome::End;
  const skill::Step& step = plan_.step_of(running.start.instance);
  const base::Duration own_timeout = running.start.is_rollback ? step.rollback->timeout : step.limits.timeout;
  return end == End::cancelled || (end == End::timed_out && running.spec.timeout < own_timeout);
}

std::string SkillRun::why_cut_off(const skill::Start& start) const {
  if (!course_.is_interrupted()) {
    return course_.is_to_end(start)
               ? fmt::format("cancelled, because step \"{}\" failed", plan_.instances[*course_.first_failure()].id)
               : std::string(time_was_up);
  }
  if (course_.is_abandoned()) {
    return fmt::format("ended, because clean-ups may take no longer than {}", base::human(clean_up_time));
  }
  return signal_ ? "interrupted" : std::string(time_was_up);
}

base::Result<void> SkillRun::end(StepPool::Ended ended) {
  const Running running = std::move(running_.extract(ended.key).mapped());
  const skill::Start& start = running.start;
  if (ended.outcome) {
    if (auto kept = keep(running, *ended.outcome); !kept) {
      return kept;
    }
  }
  skill::AttemptEnd end = judge(running, ended.outcome);
  const bool was_cut_off = ended.outcome && is_cut_off(running, ended.outcome->end);
  if (was_cut_off) {
    end.is_cut_off = true;
    end.detail = why_cut_off(start);
  }
  const base::Duration duration = ports_.clock.tick() - running.started_at;
  const AttemptFacts facts{plan_.instances[start.instance].id, start.attempt, running.argv,     running.folder,
                           ports_.clock.wall() - duration,     duration,      start.is_rollback};
  LogStep entry = log_step(plan_.step_of(start.instance), facts, end, ended.outcome ? &*ended.outcome : nullptr);
  skill::JournalStep step{start.is_rollback ? facts.id + " rollback" : facts.id, end.record, {}};
  const std::string detail = end.detail;
  step.record.status = end.status;
  const bool is_over = course_.finish(start, std::move(end), ports_.clock.tick());
  if (is_over && !start.is_rollback) {
    step.record.status = state_.records[start.instance]->status;
    entry.status = step.record.status;
  }
  step.log = log_entries(running, entry, was_cut_off);
  if (first_fault_.empty() && course_.first_failure() == start.instance) {
    first_fault_ = detail;
  }
  if (was_cut_off) {  // the next run starts it again
    for (const LogStep& ended_step : step.log) {
      tell(ended_step);
    }
    log_.insert(log_.end(), step.log.begin(), step.log.end());
    return write_log();
  }
  return record(std::move(step), is_over);
}

base::Result<void> SkillRun::note_decisions() {
  for (const skill::Decision& decision : course_.take_decisions()) {
    const auto& record_of = state_.records[decision.instance];
    CW_ASSERT(record_of.has_value());
    skill::JournalStep step{plan_.instances[decision.instance].id, *record_of, {}};
    step.log = {log_decision(plan_.step_of(decision.instance), step.id, step.record.status, decision.reason)};
    if (first_fault_.empty() && course_.first_failure() == decision.instance) {
      first_fault_ = decision.reason;
    }
    if (auto recorded = record(std::move(step), true); !recorded) {
      return recorded;
    }
  }
  return {};
}

base::Result<void> SkillRun::record(skill::JournalStep step, bool is_over) {
  std::string line;
  skill::append_end(step, is_over, ports_.clock.wall(), line);
  if (auto appended = journal_.append(line); !appended) {
    return appended;
  }
  for (const LogStep& entry : step.log) {
    tell(entry);
  }
  if (!is_over) {
    return {};  // the log has the last attempt
  }
  std::ranges::move(step.log, std::back_inserter(log_));
  return write_log();
}

void SkillRun::tell(const LogStep& step) const {
  if (!settings_.is_quiet) {
    ports_.console.err(fmt::format("{:<9} {}  {}  {}\n", report::name(step.status), base::printable(step.action),
                                   base::human(step.duration), base::printable(step.detail, 300)));
  }
}

// Whole or not at all, after every step: whoever reads it meanwhile reads JSON.
base::Result<void> SkillRun::write_log() {
  const std::string text = report::render_log(log());
  auto written = write_file(ports_, settings_.folder.log(), text);
  return written && !settings_.log.empty() && (is_over_ || settings_.log != "-")
             ? write_file(ports_, settings_.log, text)
             : written;
}

report::ExecutionLog SkillRun::log() const {
  report::ExecutionLog log;
  log.task = plan_.workflow.task;
  log.agent = plan_.workflow.agent;
  log.execution_id = header_.run_id;
  log.timestamp = header_.started_at;
  log.steps = log_;
  log.total_duration = (is_over_ ? finished_at_ : ports_.clock.wall()) - header_.started_at;
  log.outcome = outcome();
  return log;
}

std::string SkillRun::outcome() const {
  const auto& written = plan_.workflow.outcome;
  if (is_over_ && written && !course_.is_interrupted()) {
    const auto value = written->fill(lookup(plan_.instances.size()));
    if (value && !value->is_null()) {
      return base::printable(skill::plain_text(*value), 1000);
    }
  }
  return default_outcome();
}

std::string SkillRun::default_outcome() const {
  std::size_t good = 0;
  std::size_t warned = 0;
  std::size_t skipped = 0;
  for (const auto& record_of : state_.records) {
    good += record_of && record_of->status == StepStatus::complete ? 1 : 0;
    warned += record_of && record_of->status == StepStatus::warning ? 1 : 0;
    skipped += record_of && record_of->status == StepStatus::skipped ? 1 : 0;
  }
  const std::string count = fmt::format("{}/{} steps complete{}{}", good + warned, plan_.instances.size(),
                                        warned > 0 ? fmt::format(", {} with a warning", warned) : "",
                                        skipped > 0 ? fmt::format(", {} skipped", skipped) : "");
  if (course_.is_interrupted()) {
    return fmt::format("INCOMPLETE - {}. {}; go on with cachewitness run --resume {}", count,
                       signal_ ? "Interrupted" : "Its time was up", header_.run_id);
  }
  if (course_.first_failure()) {
    return fmt::format("FAILURE - step {} failed: {}", plan_.instances[*course_.first_failure()].id, first_fault_);
  }
  return is_over_ ? fmt::format("SUCCESS - {}.", count) : fmt::format("RUNNING - {}.", count);
}

int SkillRun::exit_code() const {
  if (signal_) {
    return static_cast<int>(exit_code_of(*signal_));
  }
  const bool is_out_of_time = course_.is_interrupted() && course_.exit_code() == base::ExitCode::passed;
  return static_cast<int>(is_out_of_time ? base::ExitCode::inconclusive : course_.exit_code());
}

}  // namespace cachewitness::app
