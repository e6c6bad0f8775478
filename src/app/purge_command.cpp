#include "app/purge_command.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "app/diagnostics.h"
#include "app/load_manifest.h"
#include "app/load_plan.h"
#include "app/node_control_plane.h"
#include "app/origin_gate.h"
#include "app/propagation.h"
#include "app/publish.h"
#include "app/purge_credentials.h"
#include "app/purge_job.h"
#include "app/purge_order.h"
#include "app/purge_result.h"
#include "app/purge_times.h"
#include "app/verify_command.h"

namespace cachewitness::app {

namespace {

// What is to be done, whether from the command line or from an earlier journal.
struct Task {
  PurgeJob job;
  OrderCost cost;
};

base::Result<Task> new_task(const Ports& ports, const plan::Plan& plan, const PurgeOptions& options) {
  const auto index = environment_to_purge(plan);
  if (!index) {
    return std::unexpected(index.error());
  }
  Task task;
  const manifest::PurgeSettings& settings = *plan.manifest().environments[*index].purge;
  const purge::Provider& provider = *purge::find_provider(settings.provider);  // the manifest was checked
  auto errand = make_errand(plan, *index, provider, options, task.cost);
  if (!errand) {
    return std::unexpected(std::move(errand).error());
  }
  auto job = make_job(ports, plan, *index, {std::move(*errand)});
  if (!job) {
    return std::unexpected(std::move(job).error());
  }
  task.job = std::move(*job);
  return task;
}

// The calls are the journal's own, of its last purge; the manifest says only how the provider is reached.
base::Result<Task> resumed_task(const Ports& ports, const plan::Plan& plan, const PurgeOptions& options) {
  auto journals = load_journal(ports, options.journal);
  if (!journals) {
    return std::unexpected(std::move(journals).error());
  }
  purge::Journal& journal = journals->back();
  if (!journal.is_ready) {
    return base::fail(
        purge::errors::bad_journal,
        fmt::format("{} ends before its plan does, so nothing was sent; remove it and purge anew", options.journal));
  }
  const auto& environments = plan.manifest().environments;
  const auto found = std::ranges::find(environments, journal.header.environment, &manifest::Environment::name);
  if (found == environments.end() || !found->purge || found->purge->provider != journal.header.provider) {
    return base::fail(base::errors::usage,
                      fmt::format("{} is of environment \"{}\" by {}, which this manifest does not have",
                                  options.journal, journal.header.environment, journal.header.provider));
  }
  Task task;
  task.job.environment = &*found;
  task.job.provider = purge::find_provider(journal.header.provider);
  auto ability = purge::ability_for(*task.job.provider, *found->purge, journal.header.kind, journal.header.is_soft);
  if (!ability) {
    return std::unexpected(std::move(ability).error());
  }
  task.job.ability = *ability;
  task.job.header = journal.header;
  for (const purge::CallRecord& record : journal.calls) {
    task.job.calls.push_back(record.call);
  }
  task.job.records = std::move(journal.calls);
  return task;
}

// Of the plan, what the purge names: that alone has to be ready at the origin. Nothing where nobody planned it.
std::optional<plan::Plan> plan_of_purge(const plan::Plan& plan, const PurgeOptions& options, const PurgeJob& job) {
  plan::Narrowing narrowing = options.common.narrowing;
  narrowing.purged = scope_of(job.calls);
  auto narrowed = plan::make_plan(plan.manifest(), narrowing);
  return narrowed ? std::optional(std::move(*narrowed)) : std::nullopt;
}

// Nothing where the purge may go on; else the exit code.
std::optional<int> wait_for_origins(const Ports& ports, const plan::Plan& whole, const PurgeOptions& options,
                                    Progress& progress, PurgeJob& job) {
  const auto named = plan_of_purge(whole, options, job);
  if (!named) {
    ports.console.err("cachewitness: note: the manifest plans nothing of what is purged; the origin was not asked\n");
    return std::nullopt;
  }
  const plan::Plan& plan = *named;
  const auto state = await_origins(ports, plan, options.common, options.origin_gate, options.baseline, {}, progress);
  if (!state) {
    return report_error(ports, state.error());
  }
  if (state->interrupted) {
    return static_cast<int>(*state->interrupted);
  }
  if (!state->is_ready()) {
    return report_error(
        ports, {errors::origin_not_ready,
                fmt::format(
                    "nothing was purged: after {} the origin's replicas do not all serve one version, and edges "
                    "would fetch the old one back:{}. Finish the deploy, wait longer (--origin-deadline), or purge all "
                    "the same (--no-origin-gate)",
                    base::human(options.origin_gate.deadline), describe(*state)),
                std::nullopt});
  }
  job.header.origin_ready_at = state->ready_at;
  return std::nullopt;
}

// The purge is told on standard error, for standard output carries the verification's report.
int verify_it(const Ports& ports, const PurgePorts& purge_ports, const PurgeOptions& options,
              const PurgeResult& result) {
  ports.console.err(render_purge_text(result, true));
  VerifyOptions verify;
  verify.common = options.common;
  verify.outputs = options.outputs;
  verify.purged_at = "journal";
  verify.baseline = options.baseline;
  verify.most_rounds = options.most_rounds;
  verify.origin_gate = options.origin_gate;
  return run_verify(ports, verify, options.journal, purge_ports);
}

int purge_now(const Ports& ports, const PurgePorts& purge_ports, const PurgeOptions& options, PurgeJob& job,
              const plan::Plan& plan) {
  Progress progress(ports, options.common);
  if (const auto ended = wait_for_origins(ports, plan, options, progress, job)) {
    return *ended;
  }
  auto control_plane = open_control_plane(ports, purge_ports, *job.provider);
  if (!control_plane) {
    return report_error(ports, control_plane.error());
  }
  // Before the journal, so that a purge which cannot begin leaves none behind.
  PurgeCredentials credentials(ports, *job.provider, *job.environment, **control_plane);
  if (auto read = credentials.read(); !read) {
    return report_error(ports, read.error());
  }
  auto journal = purge_ports.journal(options.journal, !options.is_resuming);
  if (!journal) {
    return report_error(ports, journal.error());
  }
  std::optional<base::Tick> deadline;
  if (options.common.timeout) {
    deadline = ports.clock.tick() + *options.common.timeout;
  }
  const PurgeSurroundings surroundings{**control_plane,
                                       credentials,
                                       **journal,
                                       options.journal,
                                       folder_of(plan.manifest().path, ports.environment),
                                       policy_of(plan).propagation,
                                       deadline};
  const auto outcome = carry_out(ports, surroundings, job, progress);
  if (!outcome) {
    return report_error(ports, outcome.error());
  }
  journal->reset();  // a round of the closed loop opens it again
  const PurgeResult& result = outcome->result;
  if (options.is_verifying && !outcome->interrupted && result.accepted + result.completed > 0) {
    return verify_it(ports, purge_ports, options, result);
  }
  ports.console.out(options.common.format == Format::json ? render_purge_json(result)
                                                          : render_purge_text(result, options.common.is_quiet));
  return static_cast<int>(outcome->interrupted.value_or(result.exit_code));
}

}  // namespace

int run_purge(const Ports& ports, const PurgePorts& purge_ports, const PurgeOptions& options) {
  const auto loaded = load_plan(ports, options.common);
  if (!loaded) {
    return report_errors(ports, loaded.error());
  }
  const plan::Plan& plan = loaded->plan;
  auto task = options.is_resuming ? resumed_task(ports, plan, options) : new_task(ports, plan, options);
  if (!task) {
    return report_error(ports, task.error());
  }
  if (options.is_dry_run) {
    const auto named = plan_of_purge(plan, options, task->job);
    ports.console.out(describe_cost(task->cost, named ? &*named : nullptr, options.origin_gate) +
                      describe_calls(task->job.header, *task->job.provider, *task->job.environment->purge,
                                     task->job.ability, task->job.calls));
    return static_cast<int>(base::ExitCode::passed);
  }
  if (options.is_verifying) {
    if (auto writable = check_writable(ports, options.outputs); !writable) {
      return report_error(ports, writable.error());
    }
  }
  return purge_now(ports, purge_ports, options, task->job, plan);
}

}  // namespace cachewitness::app
