#include "app/repurge.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "app/load_manifest.h"
#include "app/node_control_plane.h"
#include "app/origin_gate.h"
#include "app/purge_advice.h"
#include "app/purge_failures.h"
#include "app/purge_order.h"
#include "app/purge_times.h"
#include "base/shell_word.h"
#include "base/text.h"

namespace cachewitness::app {

namespace {

// Flagged, not waived, and another purge may help.
std::vector<evidence::Cell> cells_to_purge(const verdict::Judgement& judgement) {
  std::vector<evidence::Cell> cells;
  for (const verdict::Verdict& finding : judgement.findings) {
    if (!finding.is_waived && verdict::is_purge_a_remedy(finding.cause)) {
      cells.push_back(finding.cell);
    }
  }
  return cells;
}

std::uint64_t tenants_of(const std::vector<evidence::Cell>& cells) {
  std::set<evidence::TenantId> tenants;
  for (const evidence::Cell& cell : cells) {
    tenants.insert(cell.tenant);
  }
  return tenants.size();
}

std::string journal_of(std::string_view tenant) {
  std::string name(tenant);
  std::ranges::replace_if(name, [](char c) { return c == '/' || static_cast<unsigned char>(c) < 0x21; }, '-');
  return fmt::format("purge-{}.jsonl", name);
}

bool can(const purge::Provider& provider, const manifest::PurgeSettings& settings, purge::Kind kind) {
  return purge::ability_for(provider, settings, kind, is_soft(settings)).has_value();
}

std::string first_reason(const PurgeResult& result) {
  if (!result.why_incomplete.empty()) {
    return result.why_incomplete;
  }
  return result.refusals.empty() ? "no answer tells what became of it" : result.refusals.front().reason;
}

}  // namespace

base::Result<void> Repurge::prepare() {
  const auto environment = environment_to_purge(plan_);
  if (!environment) {
    return std::unexpected(environment.error());
  }
  environment_ = *environment;
  const manifest::PurgeSettings& settings = *plan_.manifest().environments[environment_].purge;
  provider_ = purge::find_provider(settings.provider);
  if (can(*provider_, settings, purge::Kind::url)) {
    kinds_.push_back(purge::Kind::url);
  }
  for (const std::string& word : settings.widen) {
    const purge::Kind kind = *purge::parse_kind(word);  // the manifest was checked
    if (auto ability = purge::ability_for(*provider_, settings, kind, is_soft(settings)); !ability) {
      return std::unexpected(std::move(ability).error());
    }
    kinds_.push_back(kind);
  }
  if (kinds_.empty()) {
    return base::fail(purge::errors::cannot_purge,
                      fmt::format("{} has no purge by url, and the manifest allows no wider one; write purge: {{widen: "
                                  "[tag], tag: \"tenant-{{tenant.id}}\"}}, or leave out --repurge",
                                  settings.provider));
  }
  if (ports_.files.exists(settings_.journal)) {
    if (auto journal = load_journal(ports_, settings_.journal); !journal) {
      return std::unexpected(std::move(journal).error());
    }
  }
  return {};
}

base::Result<void> Repurge::open() {
  auto control_plane = open_control_plane(ports_, purge_ports_, *provider_);
  if (!control_plane) {
    return std::unexpected(std::move(control_plane).error());
  }
  control_plane_ = std::move(*control_plane);
  credentials_ = std::make_unique<PurgeCredentials>(ports_, *provider_, plan_.manifest().environments[environment_],
                                                    *control_plane_);
  if (auto read = credentials_->read(); !read) {
    return std::unexpected(std::move(read).error());
  }
  auto journal = purge_ports_.journal(settings_.journal, !ports_.files.exists(settings_.journal));
  if (!journal) {
    return std::unexpected(std::move(journal).error());
  }
  journal_ = std::move(*journal);
  return {};
}

base::Result<bool> Repurge::is_origin_ready(Run& run, const std::vector<evidence::Cell>& cells,
                                            std::optional<base::Instant>& ready_at) {
  const auto state = await_origins(ports_, plan_, common_, settings_.origin_gate, {}, cells, progress_);
  if (!state) {
    return std::unexpected(state.error());
  }
  if (state->interrupted) {
    return !run.notice_interrupt();
  }
  ready_at = state->ready_at;
  if (!state->is_ready()) {
    why_ = "the origin's replicas do not serve one version, and what is purged would come back old:" + describe(*state);
  }
  return state->is_ready();
}

base::Result<bool> Repurge::round(Run& run, std::uint16_t number, const std::vector<evidence::Cell>& cells) {
  std::optional<base::Instant> ready_at;
  const auto is_ready = is_origin_ready(run, cells, ready_at);
  if (!is_ready || !*is_ready) {
    return is_ready;
  }
  if (journal_ == nullptr) {
    if (auto opened = open(); !opened) {
      return std::unexpected(std::move(opened).error());
    }
  }
  const purge::Kind kind = kinds_[std::min<std::size_t>(number - 1U, kinds_.size() - 1)];
  auto job = make_job(ports_, plan_, environment_, make_errands(plan_, environment_, *provider_, kind, cells));
  if (!job) {
    return std::unexpected(std::move(job).error());
  }
  job->header.round = number;
  job->header.origin_ready_at = ready_at;
  const std::uint64_t tenants = tenants_of(cells);
  progress_.note(fmt::format("round {}: purging {} {} of {} {} again, by {}", number, cells.size(),
                             cells.size() == 1 ? "cell" : "cells", tenants, tenants == 1 ? "tenant" : "tenants",
                             purge::name(kind)));
  const base::Duration total = common_.timeout.value_or(plan_.manifest().limits.total);
  const auto outcome = carry_out(ports_,
                                 {*control_plane_, *credentials_, *journal_, settings_.journal,
                                  folder_of(plan_.manifest().path, ports_.environment), run.header().policy.propagation,
                                  ports_.clock.tick() + total},
                                 *job, progress_);
  if (!outcome) {
    return std::unexpected(outcome.error());
  }
  if (run.notice_interrupt()) {
    return false;
  }
  if (!outcome->acknowledged_at) {
    why_ = fmt::format("{} took nothing of round {}: {}", outcome->result.header.provider, number,
                       base::printable(first_reason(outcome->result), 300));
  }
  if (!outcome->requested_at) {
    return false;
  }
  run.probe_round(told_of(run, *outcome, cells.size(), tenants, ready_at), cells);
  return outcome->acknowledged_at && !run.is_stopped();
}

evidence::Round Repurge::told_of(const Run& run, const PurgeOutcome& outcome, std::uint64_t cells,
                                 std::uint64_t tenants, std::optional<base::Instant> ready_at) const {
  const PurgeResult& result = outcome.result;
  evidence::Round told{
      result.header.round, result.header.purge_id, std::string(purge::name(result.header.kind)),      cells, tenants,
      result.items,        result.header.calls,    result.refused + result.unknown + result.not_sent, {}};
  told.purge.is_known = true;
  told.purge.requested_at = run.at(*outcome.requested_at);
  // Where nothing was taken, nothing is on its way either.
  told.purge.acknowledged_at = run.at(outcome.acknowledged_at.value_or(*outcome.requested_at));
  told.purge.origin_ready_at = ready_at;
  told.purge.source = settings_.journal;
  note_failures(result.header, outcome.left, plan_.manifest(), told.purge);
  return told;
}

base::Result<void> Repurge::run(Run& run) {
  base::Result<void> ended;
  std::vector<evidence::Cell> cells = cells_to_purge(run.judge().finish(run.footer()));
  for (std::uint16_t number = 1; number <= settings_.most_rounds && !cells.empty() && !run.is_stopped(); ++number) {
    const auto goes_on = round(run, number, cells);
    cells = cells_to_purge(run.judge().finish(run.footer()));  // a round that was cut short may have seen something too
    if (!goes_on) {
      ended = std::unexpected(goes_on.error());
      why_ = goes_on.error().message;
    }
    if (!goes_on || !*goes_on) {
      break;
    }
  }
  if (why_.empty() && !cells.empty() && !run.is_stopped()) {
    why_ = settings_.most_rounds == 1 ? "its one round is over"
                                      : fmt::format("its {} rounds are over", settings_.most_rounds);
  }
  run.end_loop(why_, manual_purges(cells));
  return ended;
}

std::vector<evidence::ManualPurge> Repurge::manual_purges(const std::vector<evidence::Cell>& cells) const {
  std::map<std::string, evidence::Cell> first_of_tenant;
  for (const evidence::Cell& cell : cells) {
    first_of_tenant.emplace(plan_.roster().tenant(cell.tenant), cell);
  }
  std::vector<evidence::ManualPurge> purges;
  for (const auto& [tenant, cell] : first_of_tenant) {
    purges.push_back({tenant, manual_command(cell)});
  }
  return purges;
}

// The narrowest kind that covers the tenant and that no round has tried; where there is none, its URLs once more, for
// when a person has found out why they stay.
std::string Repurge::manual_command(const evidence::Cell& cell) const {
  const manifest::Manifest& manifest = plan_.manifest();
  const std::string id(plan_.roster().tenant(cell.tenant));
  const manifest::Environment& environment = manifest.environments[environment_];
  const manifest::PurgeSettings& settings = *environment.purge;
  const plan::Lane& lane = plan_.lane(cell.edge);
  const auto is_new = [&](purge::Kind kind) {
    return std::ranges::find(kinds_, kind) == kinds_.end() && can(*provider_, settings, kind);
  };
  std::string_view option = "--tenants";
  std::string value = id;
  if (is_new(purge::Kind::tag) && !settings.tag.empty()) {
    option = "--tag";
    value = wide_item(plan_, lane, cell, purge::Kind::tag);
  } else if (is_new(purge::Kind::host) &&
             environment.url.uses_in_authority(manifest::UrlTemplate::Piece::Kind::tenant)) {
    option = "--host";
    value = wide_item(plan_, lane, cell, purge::Kind::host);
  }
  return fmt::format("{} --journal {} --verify", purge_command_line(manifest, environment.name, option, value),
                     base::shell_word(journal_of(id)));
}

}  // namespace cachewitness::app
