#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json_writer.h"
#include "base/text.h"
#include "report/loop_story.h"
#include "report/report.h"

namespace cachewitness::report {

namespace {

using base::JsonWriter;

// What a person compares in a report; the whole value is in the evidence.
constexpr std::size_t max_value_bytes = 1000;

std::string time_text(base::Instant when) { return base::rfc3339(when, 3); }

std::int64_t milliseconds(base::Duration duration) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
}

// With the microseconds that a loopback or a metro edge answers in.
double fine_milliseconds(base::Duration duration) {
  return static_cast<double>(std::llround(static_cast<double>(duration.count()) / 1e3)) / 1e3;
}

// Six digits: enough for one cell in a million, and no noise of the division behind them.
double score(double share) { return std::round(share * 1e6) / 1e6; }

void append_purge(JsonWriter& json, const evidence::PurgeTimes& purge) {
  json.key("purge");
  if (!purge.is_known) {
    json.value(nullptr);
    return;
  }
  json.begin_object();
  json.member("requested_at", time_text(purge.requested_at));
  json.member("acknowledged_at", time_text(purge.acknowledged_at));
  json.key("origin_ready_at");
  if (purge.origin_ready_at) {
    json.value(time_text(*purge.origin_ready_at));
  } else {
    json.value(nullptr);
  }
  json.member("source", base::printable(purge.source, max_value_bytes));
  json.end_object();
}

void append_gate(JsonWriter& json, const verdict::GateResult& gate) {
  json.begin_object("gate");
  json.member("passed", gate.passed);
  json.member("exit_code", static_cast<unsigned>(gate.exit_code));
  json.begin_array("reasons");
  for (const std::string& reason : gate.reasons) {
    json.value(base::printable(reason, max_value_bytes));
  }
  json.end_array();
  json.end_object();
}

void append_counts(JsonWriter& json, const verdict::CellCounts& cells) {
  json.member("fresh", cells.fresh);
  json.member("stale", cells.stale);
  json.member("mismatch", cells.mismatch);
  json.member("leak", cells.leak);
  json.member("error", cells.error);
  json.member("inconclusive", cells.inconclusive);
  json.member("proven", cells.proven);
  json.member("waived", cells.waived);
}

std::size_t count_regions(const evidence::Roster& roster) {
  std::vector<std::pair<std::string_view, std::string_view>> regions;
  for (const evidence::EdgeEntry& edge : roster.edges) {
    regions.emplace_back(edge.environment, edge.region);
  }
  std::ranges::sort(regions);
  const auto rest = std::ranges::unique(regions);
  return regions.size() - rest.size();
}

void append_summary(JsonWriter& json, const Run& run) {
  const TenantCounts tenants = count_tenants(run);
  json.begin_object("summary");
  json.begin_object("tenants");
  json.member("total", tenants.total);
  json.member("verified", tenants.verified);
  json.member("flagged", tenants.flagged);
  json.end_object();
  json.member("regions", count_regions(run.roster));
  json.member("edges", run.roster.edges.size());
  json.begin_object("cells");
  json.member("total", run.judgement.cells.total);
  append_counts(json, run.judgement.cells);
  json.end_object();
  json.member("probes", run.judgement.probes);
  if (!run.header.policy.mask.empty()) {
    json.begin_object("masked");
    json.member("rules", run.header.policy.mask.size());
    json.member("answers", run.judgement.masked_answers);
    json.member("bytes", run.judgement.masked_bytes);
    json.end_object();
  }
  json.member("parity_score", score(run.judgement.parity_score));
  json.member("duration_ms", milliseconds(run.footer.finished_at - run.header.started_at));
  json.end_object();
}

template <typename Ids>
void append_evidence_ids(JsonWriter& json, const Ids& ids) {
  std::vector<std::string> names;
  for (const std::uint64_t id : ids) {
    names.push_back("e" + std::to_string(id));
  }
  json.strings("evidence", names);
}

void append_place(JsonWriter& json, const evidence::EdgeEntry& edge) {
  json.member("environment", edge.environment);
  json.member("region", edge.region);
  json.member("edge", edge.name);
}

void append_finding(JsonWriter& json, const verdict::Verdict& finding, const evidence::Roster& roster) {
  const auto peer_text = [&](std::string_view key, std::string_view text) {
    json.member(key, base::printable(text, max_value_bytes));
  };
  json.begin_object();
  append_place(json, roster.edge(finding.cell.edge));
  json.member("tenant", roster.tenant(finding.cell.tenant));
  json.member("asset", roster.asset(finding.cell.asset));
  json.member("variant", roster.variant(finding.cell.variant));
  peer_text("url", finding.url);
  json.member("state", verdict::name(finding.state));
  json.member("cause", verdict::entry(finding.cause).slug);
  json.member("grade", verdict::name(finding.grade));
  json.member("confidence", score(finding.confidence));
  json.key("header");
  if (finding.header.empty()) {
    json.value(nullptr);
  } else {
    json.value(base::printable(finding.header, max_value_bytes));
  }
  peer_text("expected", finding.expected);
  peer_text("observed", finding.observed);
  peer_text("why", finding.why);
  peer_text("remedy", finding.remedy);
  append_evidence_ids(json, finding.evidence);
  json.member("rule", finding.rule);
  json.member("waived", finding.is_waived);
  json.end_object();
}

void append_profile(JsonWriter& json, const verdict::EdgeProfile& profile) {
  json.begin_object("profile");
  json.key("provider");
  if (profile.provider == http::Provider::unknown) {
    json.value(nullptr);
  } else {
    json.value(slug(profile.provider));
  }
  json.member("date", name(profile.date_mode));
  json.member("age", name(profile.age_mode));
  json.member("honours_no_cache", "not-asked");  // docs/adr/0020-no-cache-is-not-asked.md
  json.strings("pops", profile.pops);
  json.key("clock_ahead_ms");
  if (profile.skew) {
    json.begin_object();
    json.member("least", fine_milliseconds(profile.skew->least));
    json.member("greatest", fine_milliseconds(profile.skew->greatest));
    json.end_object();
  } else {
    json.value(nullptr);
  }
  json.end_object();
}

// Six decimals, as many as policy.confidence has at most.
double rounded_down(double share) { return std::floor(share * 1e6 + 1e-6) / 1e6; }

void append_edge(JsonWriter& json, const verdict::EdgeSummary& summary, const evidence::EdgeEntry& edge) {
  json.begin_object();
  append_place(json, edge);
  json.member("address", edge.address);
  json.key("provider");
  if (edge.provider.empty()) {
    json.value(nullptr);
  } else {
    json.value(edge.provider);
  }
  json.member("cells", summary.cells.total);
  append_counts(json, summary.cells);
  json.member("probes", summary.probes);
  json.member("p50_ms", fine_milliseconds(summary.p50));
  json.member("p99_ms", fine_milliseconds(summary.p99));
  json.member("connections_seen", summary.connections_seen);
  // Of an edge whose servers do not name themselves it is unknown how many there are.
  json.key("servers_seen");
  if (summary.profile.nodes_seen == 0) {
    json.value(nullptr);
  } else {
    json.value(summary.profile.nodes_seen);
  }
  json.key("detection_power");
  if (summary.detection_power) {
    json.value(rounded_down(*summary.detection_power));
  } else {
    json.value(nullptr);
  }
  append_profile(json, summary.profile);
  json.end_object();
}

void append_propagation(JsonWriter& json, const Run& run) {
  const auto& purge = run.header.purge;
  const base::Duration deadline = run.header.policy.propagation;
  json.begin_object("propagation");
  json.member("deadline_s", fine_milliseconds(deadline) / 1000);
  json.member("deadline_from", run.header.policy.propagation_from);
  json.key("deadline_at");
  if (purge.is_known) {
    json.value(time_text(purge.acknowledged_at + deadline));
  } else {
    json.value(nullptr);
  }
  const auto within =
      std::ranges::count(run.judgement.findings, verdict::Cause::within_propagation, &verdict::Verdict::cause);
  json.member("cells_within", within);
  json.end_object();
}

void append_check(JsonWriter& json, const evidence::CheckOutcome& check) {
  json.begin_object();
  json.member("name", check.name);
  json.member("status", evidence::name(check.status));
  json.member("detail", check.detail);
  json.member("parity_score", check.parity_score);
  json.member("duration_ms", milliseconds(check.duration));
  json.begin_array("findings");
  for (const std::string& finding : check.findings) {
    json.raw(finding);
  }
  json.end_array();
  json.member("findings_total", check.findings_total);
  json.begin_object("metrics");
  for (const auto& [name, value] : check.metrics) {
    json.member(name, value);
  }
  json.end_object();
  json.end_object();
}

void append_leak_checks(JsonWriter& json, const verdict::Judgement& judgement) {
  json.begin_array("leak_checks");
  for (const verdict::LeakSummary& summary : judgement.leak_checks) {
    json.begin_object();
    json.member("check", name(summary.check));
    json.member("cells", summary.cells);
    json.member("found", summary.found);
    json.member("clear", summary.clear);
    json.member("unsure", summary.unsure);
    json.member("why_unsure", base::printable(summary.why_unsure, max_value_bytes));
    json.end_object();
  }
  json.end_array();
}

void append_origins(JsonWriter& json, const verdict::Judgement& judgement) {
  json.begin_array("origins");
  for (const verdict::OriginTrouble& trouble : judgement.origins) {
    json.begin_object();
    json.member("replica", base::printable(trouble.replica, max_value_bytes));
    json.member("cells", trouble.cells);
    json.member("what", base::printable(trouble.what, max_value_bytes));
    json.member("url", base::printable(trouble.url, max_value_bytes));
    json.member("serves", base::printable(trouble.serves, max_value_bytes));
    append_evidence_ids(json, trouble.evidence);
    json.end_object();
  }
  json.end_array();
}

void append_round(JsonWriter& json, const Run& run, const evidence::Round& round) {
  json.begin_object();
  json.member("round", round.number);
  json.member("purge_id", base::printable(round.purge_id));
  json.member("kind", base::printable(round.kind));
  json.member("requested_at", time_text(round.purge.requested_at));
  json.member("acknowledged_at", time_text(round.purge.acknowledged_at));
  json.member("cells", round.cells);
  json.member("tenants", round.tenants);
  json.member("items", round.items);
  json.member("calls", round.calls);
  json.member("not_taken", round.not_taken);
  json.member("healed_cells", healed_cells(run, round.number));
  json.strings("healed_tenants", healed_tenants(run, round.number));
  json.end_object();
}

void append_healed(JsonWriter& json, const verdict::HealedCell& healed, const evidence::Roster& roster) {
  json.begin_object();
  append_place(json, roster.edge(healed.cell.edge));
  json.member("tenant", roster.tenant(healed.cell.tenant));
  json.member("asset", roster.asset(healed.cell.asset));
  json.member("variant", roster.variant(healed.cell.variant));
  json.member("url", base::printable(healed.url, max_value_bytes));
  json.member("cause", verdict::entry(healed.cause).slug);
  json.member("round", healed.round);
  json.end_object();
}

void append_loop(JsonWriter& json, const Run& run) {
  if (!run.judgement.loop) {
    return;
  }
  json.begin_object("repurge");
  json.member("most_rounds", run.judgement.loop->most_rounds);
  json.begin_array("rounds");
  for (const evidence::Round& round : run.judgement.loop->rounds) {
    append_round(json, run, round);
  }
  json.end_array();
  json.begin_array("healed");
  for (const verdict::HealedCell& healed : run.judgement.loop->healed) {
    append_healed(json, healed, run.roster);
  }
  json.end_array();
  json.member("why_ended", base::printable(run.footer.why_loop_ended, 2000));
  json.begin_array("manual");
  for (const evidence::ManualPurge& manual : run.footer.manual) {
    json.begin_object();
    json.member("tenant", manual.tenant);
    json.member("command", base::printable(manual.command, 4000));
    json.end_object();
  }
  json.end_array();
  json.end_object();
}

void append_lists(JsonWriter& json, const Run& run) {
  append_origins(json, run.judgement);
  json.begin_array("findings");
  for (const verdict::Verdict& finding : run.judgement.findings) {
    append_finding(json, finding, run.roster);
  }
  json.end_array();
  json.begin_array("edges");
  for (const verdict::EdgeSummary& summary : run.judgement.edges) {
    append_edge(json, summary, run.roster.edge(summary.edge));
  }
  json.end_array();
  append_propagation(json, run);
  append_loop(json, run);
  if (!run.judgement.leak_checks.empty()) {
    append_leak_checks(json, run.judgement);
  }
  json.begin_array("checks");
  for (const evidence::CheckOutcome& check : run.footer.checks) {
    append_check(json, check);
  }
  json.end_array();
  json.strings("affected_tenants", run.judgement.affected_tenants);
  json.strings("unsure_tenants", run.judgement.unsure_tenants);
}

}  // namespace

std::string render_json(const Run& run) {
  std::string out;
  JsonWriter json(out, JsonWriter::Layout::indented);
  json.begin_object();
  json.member("schema", schema_name);
  json.member("tool_version", run.header.tool_version);
  json.member("run_id", run.header.run_id);
  json.member("project", run.header.project);
  json.member("manifest_sha256", run.header.manifest_sha256);
  json.member("started_at", time_text(run.header.started_at));
  json.member("finished_at", time_text(run.footer.finished_at));
  json.member("complete", run.footer.is_complete);
  json.member("why_incomplete", run.footer.why_incomplete);
  json.member("cells_left_out", run.footer.cells_left_out);
  json.member("environment", environments(run));
  append_purge(json, run.header.purge);
  append_gate(json, run.judgement.gate);
  json.member("outcome", outcome(run));
  append_summary(json, run);
  append_lists(json, run);
  json.end_object();
  out += '\n';
  return out;
}

}  // namespace cachewitness::report
