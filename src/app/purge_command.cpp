#include "app/purge_command.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "adapters/sha256.h"
#include "app/diagnostics.h"
#include "app/identifier.h"
#include "app/load_manifest.h"
#include "app/purge_order.h"
#include "app/purge_result.h"
#include "app/purge_run.h"
#include "app/version.h"
#include "base/text.h"
#include "purge/batch.h"
#include "purge/campaign.h"
#include "purge/journal.h"

namespace cachewitness::app {

namespace {

constexpr std::size_t most_journal_bytes = std::size_t{1} << 30;

// What is to be done, whether from the command line or from an earlier journal.
struct Task {
  const manifest::Environment* environment = nullptr;
  const purge::Provider* provider = nullptr;
  purge::Ability ability;
  purge::JournalHeader header;
  std::vector<purge::Call> calls;
  std::vector<purge::CallRecord> records;  // of the earlier run; empty where it is the first
};

base::Result<Task> new_task(const Ports& ports, const plan::Plan& plan, const PurgeOptions& options) {
  const auto index = environment_to_purge(plan);
  if (!index) {
    return std::unexpected(index.error());
  }
  Task task;
  task.environment = &plan.manifest().environments[*index];
  const manifest::PurgeSettings& settings = *task.environment->purge;
  task.provider = purge::find_provider(settings.provider);  // the manifest was checked: it is known
  auto order = make_order(plan, *index, *task.provider, options);
  if (!order) {
    return std::unexpected(std::move(order).error());
  }
  auto ability = purge::ability_for(*task.provider, settings, order->kind, order->is_soft);
  if (!ability) {
    return std::unexpected(std::move(ability).error());
  }
  task.ability = *ability;
  task.header = {make_id("purge", ports),
                 std::string(version),
                 plan.manifest().project,
                 task.environment->name,
                 settings.provider,
                 plan.manifest().digest.hex(),
                 order->kind,
                 order->is_soft,
                 0};
  auto calls = purge::make_calls(*task.provider, task.ability, *order, nodes_of(plan, *index), task.header.purge_id,
                                 adapters::sha256);
  if (!calls) {
    return std::unexpected(std::move(calls).error());
  }
  task.calls = std::move(*calls);
  task.header.calls = task.calls.size();
  return task;
}

// The calls are the journal's own; the manifest says only how the provider is reached.
base::Result<Task> resumed_task(const Ports& ports, const plan::Plan& plan, const PurgeOptions& options) {
  const auto text = ports.files.read_all(options.journal, most_journal_bytes);
  if (!text) {
    return std::unexpected(text.error());
  }
  auto journal = purge::read_journal(*text, options.journal);
  if (!journal) {
    return std::unexpected(std::move(journal).error());
  }
  if (!journal->is_ready) {
    return base::fail(
        purge::errors::bad_journal,
        fmt::format("{} ends before its plan does, so nothing was sent; remove it and purge anew", options.journal));
  }
  Task task;
  const auto& environments = plan.manifest().environments;
  const auto found = std::ranges::find(environments, journal->header.environment, &manifest::Environment::name);
  if (found == environments.end() || !found->purge || found->purge->provider != journal->header.provider) {
    return base::fail(base::errors::usage,
                      fmt::format("{} is of environment \"{}\" by {}, which this manifest does not have",
                                  options.journal, journal->header.environment, journal->header.provider));
  }
  task.environment = &*found;
  task.provider = purge::find_provider(journal->header.provider);
  auto ability = purge::ability_for(*task.provider, *found->purge, journal->header.kind, journal->header.is_soft);
  if (!ability) {
    return std::unexpected(std::move(ability).error());
  }
  task.ability = *ability;
  task.header = journal->header;
  for (const purge::CallRecord& record : journal->calls) {
    task.calls.push_back(record.call);
  }
  task.records = std::move(journal->calls);
  return task;
}

base::Result<void> write_plan(const Ports& ports, const Task& task, ports::SyncedFile& journal) {
  const purge::Moment now{ports.clock.wall(), ports.clock.tick()};
  std::string lines;
  purge::append_header(task.header, now, lines);
  for (const purge::Call& call : task.calls) {
    purge::append_call(call, lines);
  }
  purge::append_ready(now, lines);
  return journal.append(lines);
}

// What was taken stays taken; what was sent and not answered is sent again.
void restore(const Task& task, purge::Campaign& campaign) {
  for (std::size_t i = 0; i < task.records.size(); ++i) {
    const purge::CallRecord& record = task.records[i];
    if (!record.is_open && record.attempts > 0) {
      campaign.restore(i, record.answer, record.attempts);
    }
  }
}

int purge_now(const Ports& ports, const PurgePorts& purge_ports, const PurgeOptions& options, const Task& task,
              const manifest::Manifest& manifest) {
  auto control_plane = purge_ports.control_plane();
  if (!control_plane) {
    return report_error(ports, control_plane.error());
  }
  auto journal = purge_ports.journal(options.journal, !options.is_resuming);
  if (!journal) {
    return report_error(ports, journal.error());
  }
  Progress progress(ports.console, ports.clock, options.common.is_quiet ? Show::never : options.common.progress);
  purge::Campaign campaign(*task.provider, task.ability, task.calls, {}, ports.clock.tick());
  restore(task, campaign);
  const PurgeParts parts{*task.provider, *task.environment, folder_of(manifest.path, ports.environment),
                         **control_plane, **journal};
  PurgeRun run(ports, parts, campaign, progress);
  if (auto read = run.read_secrets(); !read) {
    return report_error(ports, read.error());
  }
  if (!options.is_resuming) {
    if (auto written = write_plan(ports, task, **journal); !written) {
      return report_error(ports, written.error());
    }
  }
  std::optional<base::Tick> deadline;
  if (options.common.timeout) {
    deadline = ports.clock.tick() + *options.common.timeout;
  }
  if (auto ended = run.run(deadline); !ended) {
    return report_error(ports, ended.error());
  }
  const PurgeResult result =
      make_purge_result(task.header, campaign, task.provider->propagation, options.journal, run.why_incomplete());
  ports.console.out(options.common.format == Format::json ? render_purge_json(result)
                                                          : render_purge_text(result, options.common.is_quiet));
  return static_cast<int>(run.interrupted().value_or(result.exit_code));
}

}  // namespace

int run_purge(const Ports& ports, const PurgePorts& purge_ports, const PurgeOptions& options) {
  auto manifest = load_manifest(ports, options.common);
  if (!manifest) {
    return report_errors(ports, manifest.error());
  }
  auto plan = plan::make_plan(**manifest, options.common.narrowing);
  if (!plan) {
    return report_error(ports, plan.error());
  }
  auto task = options.is_resuming ? resumed_task(ports, *plan, options) : new_task(ports, *plan, options);
  if (!task) {
    return report_error(ports, task.error());
  }
  if (options.is_dry_run) {
    ports.console.out(
        describe_calls(task->header, *task->provider, *task->environment->purge, task->ability, task->calls));
    return static_cast<int>(base::ExitCode::passed);
  }
  return purge_now(ports, purge_ports, options, *task, **manifest);
}

}  // namespace cachewitness::app
