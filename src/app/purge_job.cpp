#include "app/purge_job.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "adapters/sha256.h"
#include "app/identifier.h"
#include "app/purge_failures.h"
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

std::vector<purge::CallRecord> left_of(const purge::Campaign& campaign) {
  std::vector<purge::CallRecord> left;
  for (std::size_t i = 0; i < campaign.calls().size(); ++i) {
    const purge::CallState& state = campaign.state(i);
    purge::CallRecord record{campaign.calls()[i], state.attempts, state.step == purge::CallState::Step::sent,
                             state.answer};
    if (is_left(record)) {
      left.push_back(std::move(record));
    }
  }
  return left;
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
                      run.requested_at(), run.acknowledged_at(), run.interrupted(), left_of(campaign)};
}

}  // namespace cachewitness::app
