#include "app/run_command.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "app/approval.h"
#include "app/diagnostics.h"
#include "app/identifier.h"
#include "app/load_manifest.h"
#include "app/plan_skill.h"
#include "app/private_file.h"
#include "app/run_folder.h"
#include "app/skill_run.h"
#include "app/version.h"
#include "base/text.h"
#include "report/read_log.h"
#include "skill/fault_ids.h"

namespace cachewitness::app {

namespace {

namespace faults = skill::faults;

template <typename T>
using Loaded = base::Result<T, base::Errors>;

std::unexpected<base::Errors> failed(base::Error error) { return std::unexpected(base::Errors{std::move(error)}); }

// An earlier run to go on with.
struct Earlier {
  RunFolder folder;
  skill::RunJournal journal;
};

Loaded<std::optional<Earlier>> find_earlier(const Ports& ports, const RunOptions& options) {
  if (options.resume.empty()) {
    return std::nullopt;
  }
  if (!options.inputs.empty()) {
    return failed({base::errors::usage, "a resumed run has its inputs; leave them out", std::nullopt});
  }
  auto folder = find_run(ports, options.resume);
  if (!folder) {
    return failed(std::move(folder).error());
  }
  auto journal = load_journal(ports, *folder);
  if (!journal) {
    return failed(std::move(journal).error());
  }
  return Earlier{*std::move(folder), *std::move(journal)};
}

skill::GivenInputs as_given(const skill::Value::Members& inputs) {
  skill::GivenInputs given;
  for (const auto& [name, value] : inputs) {
    std::string text;
    if (const skill::Value::List* list = value.if_list()) {
      for (const skill::Value& item : *list) {
        text += (text.empty() ? "" : ",") + skill::plain_text(item);
      }
    } else {
      text = skill::plain_text(value);
    }
    given.emplace_back(name, std::move(text));
  }
  return given;
}

base::Result<skill::GivenInputs> given_inputs(const RunOptions& options, const std::optional<Earlier>& earlier) {
  return earlier ? as_given(earlier->journal.header.inputs) : skill::parse_given(options.inputs);
}

// Nobody knows what a program did that was started and never ended, unless it keeps a journal of its own.
base::Result<void> check_resumable(const skill::RunPlan& plan, const Earlier& earlier, const RunOptions& options) {
  const skill::JournalHeader& header = earlier.journal.header;
  if (header.plan_digest != plan.digest.hex()) {
    return base::fail(faults::not_resumable,
                      fmt::format("the skill, an input's file or a program has changed since {} was planned "
                                  "({}/plan.json); start anew",
                                  header.run_id, earlier.folder.path));
  }
  for (std::size_t i = 0; i < plan.instances.size(); ++i) {
    const skill::Step& step = plan.step_of(i);
    const std::string& id = plan.instances[i].id;
    const auto& started = earlier.journal.started;
    const bool is_open = std::ranges::find(started, id) != started.end();
    const bool is_told = std::ranges::find(options.repeat, id) != options.repeat.end();
    if (is_open && step.mutates && step.action != "purge" && !is_told) {
      return base::fail(faults::not_resumable,
                        fmt::format("step \"{}\" was started and nobody knows what it did; find out, then say "
                                    "--repeat {} to start it again",
                                    id, id));
    }
  }
  return {};
}

base::Result<RunFolder> make_folder(const Ports& ports, const RunOptions& options, const std::string& run_id) {
  RunFolder folder{options.directory.empty() ? fmt::format("{}/{}", runs_folder(ports.environment), run_id)
                                             : absolute_path(options.directory, ports.environment)};
  if (ports.files.exists(folder.journal())) {
    return base::fail(base::errors::usage,
                      fmt::format("{} holds a run already; name another directory, or go on with --resume {}",
                                  base::printable(folder.path, 500), base::printable(folder.path, 500)));
  }
  for (const std::string& path : {folder.work(), folder.temporary()}) {
    if (auto made = ports.files.make_folder(path); !made) {
      return std::unexpected(std::move(made).error());
    }
  }
  return folder;
}

void print_log(const Ports& ports, const RunOptions& options, const report::ExecutionLog& log,
               const RunFolder& folder) {
  if (options.format == Format::json) {
    ports.console.out(report::render_log(log));
  } else if (options.is_quiet) {
    ports.console.out(base::printable(log.outcome, 1000) + "\n");
  } else {
    ports.console.out(report::describe_log(log, options.is_verbose) +
                      fmt::format("everything it left: {}\n", base::printable(folder.path, 1000)));
  }
}

struct Prepared {
  RunFolder folder;
  skill::JournalHeader header;
  std::unique_ptr<ports::SyncedFile> journal;
};

base::Result<Prepared> prepare_new(const Ports& ports, const RunPorts& run_ports, const RunOptions& options,
                                   const skill::RunPlan& plan, std::string approved_by) {
  Prepared prepared;
  prepared.header = {make_id("run", ports),  std::string(version), plan.skill.directory,
                     plan.workflow.task,     plan.workflow.agent,  plan.digest.hex(),
                     std::move(approved_by), plan.inputs,          ports.clock.wall()};
  auto folder = make_folder(ports, options, prepared.header.run_id);
  if (!folder) {
    return std::unexpected(std::move(folder).error());
  }
  prepared.folder = *std::move(folder);
  if (auto kept = write_private(ports.files, prepared.folder.plan(), skill::describe_json(plan)); !kept) {
    return std::unexpected(std::move(kept).error());
  }
  auto journal = run_ports.journal(prepared.folder.journal(), true);
  if (!journal) {
    return std::unexpected(std::move(journal).error());
  }
  prepared.journal = *std::move(journal);
  std::string line;
  skill::append_header(prepared.header, line);
  if (auto appended = prepared.journal->append(line); !appended) {
    return std::unexpected(std::move(appended).error());
  }
  return prepared;
}

base::Result<Prepared> prepare_earlier(const Ports& ports, const RunPorts& run_ports, const RunOptions& options,
                                       const Earlier& earlier, const skill::RunPlan& plan) {
  if (auto resumable = check_resumable(plan, earlier, options); !resumable) {
    return std::unexpected(std::move(resumable).error());
  }
  const auto reaped = ports.processes.reap(earlier.folder.lease());
  if (!reaped) {
    return std::unexpected(reaped.error());
  }
  if (*reaped > 0) {
    ports.console.err(fmt::format("cachewitness: ended {} processes that the run had left behind\n", *reaped));
  }
  auto journal = run_ports.journal(earlier.folder.journal(), false);
  if (!journal) {
    return std::unexpected(std::move(journal).error());
  }
  return Prepared{earlier.folder, earlier.journal.header, *std::move(journal)};
}

// Daemons and sidecars of runs that were killed are nobody's any more. A run that is alive keeps its own.
void reap_earlier_runs(const Ports& ports) {
  std::uint32_t ended = 0;
  for (const std::string& id : list_runs(ports)) {
    ended += ports.processes.reap(run_named(ports.environment, id).lease()).value_or(0);
  }
  if (ended > 0) {
    ports.console.err(fmt::format("cachewitness: ended {} processes that earlier runs had left behind\n", ended));
  }
}

}  // namespace

int run_skill(const Ports& ports, const RunPorts& run_ports, const RunOptions& options) {
  const auto earlier = find_earlier(ports, options);
  if (!earlier) {
    return report_errors(ports, earlier.error());
  }
  if (options.skill.empty() && !*earlier) {
    return report_error(ports, {base::errors::usage, "name a skill: its SKILL.md or its directory", std::nullopt});
  }
  const auto given = given_inputs(options, *earlier);
  if (!given) {
    return report_error(ports, given.error());
  }
  const std::string path = *earlier ? (*earlier)->journal.header.skill : options.skill;
  const auto plan = plan_skill(ports, run_ports, path, *given, options.needs_trust);
  if (!plan) {
    return report_errors(ports, plan.error());
  }
  if (options.is_dry_run) {
    ports.console.out(options.format == Format::json ? skill::describe_json(*plan)
                                                     : skill::describe(*plan) + "Nothing was run.\n");
    return static_cast<int>(base::ExitCode::passed);
  }
  // A run that goes on is the plan that was approved: its digest is compared.
  auto approved_by =
      *earlier ? base::Result<std::string>((*earlier)->journal.header.approved_by) : approval_of(ports, *plan, options);
  if (!approved_by) {
    return report_error(ports, approved_by.error());
  }
  auto prepared = *earlier ? prepare_earlier(ports, run_ports, options, **earlier, *plan)
                           : prepare_new(ports, run_ports, options, *plan, *std::move(approved_by));
  if (!prepared) {
    return report_error(ports, prepared.error());
  }
  reap_earlier_runs(ports);
  const auto pool = run_ports.pool(ports.processes);
  SkillRun run(ports, *plan,
               {prepared->folder, run_ports.program, options.log, options.timeout.value_or(plan->workflow.timeout),
                options.is_quiet || options.format == Format::json, options.needs_sandbox},
               *pool, *prepared->journal, prepared->header, *earlier ? &(*earlier)->journal : nullptr);
  if (auto done = run.run(); !done) {
    return report_error(ports, done.error());
  }
  print_log(ports, options, run.log(), prepared->folder);
  return run.exit_code();
}

}  // namespace cachewitness::app
