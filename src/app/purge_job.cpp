#include "app/purge_job.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "adapters/sha256.h"
#include "app/identifier.h"
#include "app/purge_run.h"
#include "app/version.h"
#include "purge/batch.h"
#include "purge/campaign.h"

namespace cachewitness::app {

namespace {

base::Result<void> write_plan(const Ports& ports, const PurgeJob& job, ports::SyncedFile& journal) {
  const purge::Moment now{ports.clock.wall(), ports.clock.tick()};
  std::string lines;
  purge::append_header(job.header, now, lines);
  for (const purge::Call& call : job.calls) {
    purge::append_call(call, lines);
  }
  purge::append_ready(now, lines);
  return journal.append(lines);
}

// What was taken stays taken; what was sent and not answered is sent again, and a person is told of it.
void restore(const Ports& ports, const PurgeJob& job, purge::Campaign& campaign) {
  if (const auto open = std::ranges::count(job.records, true, &purge::CallRecord::is_open); open > 0) {
    ports.console.err(fmt::format("cachewitness: {} {} sent and not answered; {} sent again\n", open,
                                  open == 1 ? "call was" : "calls were", open == 1 ? "it is" : "they are"));
  }
  for (std::size_t i = 0; i < job.records.size(); ++i) {
    const purge::CallRecord& record = job.records[i];
    if (!record.is_open && record.attempts > 0) {
      campaign.restore(i, record.answer, record.attempts);
    }
  }
}

}  // namespace

base::Result<PurgeJob> make_job(const Ports& ports, const plan::Plan& plan, std::size_t environment,
                                const std::vector<purge::Errand>& errands) {
  PurgeJob job;
  job.environment = &plan.manifest().environments[environment];
  const manifest::PurgeSettings& settings = *job.environment->purge;
  job.provider = purge::find_provider(settings.provider);  // the manifest was checked: it is known
  const purge::Order& order = errands.front().order;
  auto ability = purge::ability_for(*job.provider, settings, order.kind, order.is_soft);
  if (!ability) {
    return std::unexpected(std::move(ability).error());
  }
  job.ability = *ability;
  job.header = {make_id("purge", ports),
                std::string(version),
                plan.manifest().project,
                job.environment->name,
                settings.provider,
                plan.manifest().digest.hex(),
                order.kind,
                order.is_soft,
                0,
                0,
                std::nullopt};
  auto calls = purge::make_calls(*job.provider, job.ability, errands, job.header.purge_id, adapters::sha256);
  if (!calls) {
    return std::unexpected(std::move(calls).error());
  }
  job.calls = std::move(*calls);
  job.header.calls = job.calls.size();
  return job;
}

base::Result<PurgeOutcome> carry_out(const Ports& ports, const PurgeSurroundings& surroundings, const PurgeJob& job,
                                     Progress& progress) {
  purge::Campaign campaign(*job.provider, job.ability, job.calls, {}, ports.clock.tick());
  restore(ports, job, campaign);
  PurgeRun run(ports, surroundings, job, campaign, progress);
  if (job.records.empty()) {
    if (auto written = write_plan(ports, job, surroundings.journal); !written) {
      return std::unexpected(std::move(written).error());
    }
  }
  if (auto ended = run.run(); !ended) {
    return std::unexpected(std::move(ended).error());
  }
  return PurgeOutcome{make_purge_result(job.header, campaign, surroundings.propagation, surroundings.journal_path,
                                        run.why_incomplete()),
                      run.requested_at(), run.acknowledged_at(), run.interrupted()};
}

}  // namespace cachewitness::app
