#include "library/public_values.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"

namespace cachewitness {

inline namespace v0 {

std::string Error::text() const {
  base::Error error{{id}, message, std::nullopt};
  if (!file.empty()) {
    error.where = base::SourceSpan{file, line, column};
  }
  return error.text();
}

std::string_view name(State state) { return verdict::name(static_cast<verdict::State>(state)); }
std::string_view name(CheckStatus status) {
  return evidence::name(static_cast<evidence::CheckOutcome::Status>(status));
}

}  // namespace v0

namespace library {

namespace {

// As the JSON report bounds them.
constexpr std::size_t max_value_bytes = 1000;

// The public words and ours are the same, in the same order.
static_assert(static_cast<int>(State::inconclusive) == static_cast<int>(verdict::State::inconclusive));
static_assert(static_cast<int>(State::leak) == static_cast<int>(verdict::State::leak));
static_assert(static_cast<int>(CheckStatus::fail) == static_cast<int>(evidence::CheckOutcome::Status::fail));

TimePoint time_point(base::Instant when) { return TimePoint(std::chrono::nanoseconds(when.ns)); }

std::string safe(std::string_view text) { return base::printable(text, max_value_bytes); }

template <typename From, typename Make>
auto each(const std::vector<From>& values, const Make& make) {
  std::vector<decltype(make(values.front()))> made;
  made.reserve(values.size());
  std::ranges::transform(values, std::back_inserter(made), make);
  return made;
}

Cells public_cells(const verdict::CellCounts& cells) {
  return {cells.total, cells.fresh, cells.proven,       cells.stale, cells.mismatch,
          cells.leak,  cells.error, cells.inconclusive, cells.waived};
}

Finding public_finding(const verdict::Verdict& verdict, const evidence::Roster& roster) {
  const evidence::EdgeEntry& edge = roster.edge(verdict.cell.edge);
  Finding finding;
  finding.environment = edge.environment;
  finding.region = edge.region;
  finding.edge = edge.name;
  finding.tenant = roster.tenant(verdict.cell.tenant);
  finding.asset = roster.asset(verdict.cell.asset);
  finding.variant = roster.variant(verdict.cell.variant);
  finding.url = safe(verdict.url);
  finding.state = static_cast<State>(verdict.state);
  finding.cause = verdict::entry(verdict.cause).slug;
  finding.confidence = verdict.confidence;
  finding.rule = verdict.rule;
  finding.waived = verdict.is_waived;
  finding.header = safe(verdict.header);
  finding.expected = safe(verdict.expected);
  finding.observed = safe(verdict.observed);
  finding.why = safe(verdict.why);
  finding.remedy = safe(verdict.remedy);
  finding.evidence = each(verdict.evidence, [](std::uint64_t id) { return fmt::format("e{}", id); });
  return finding;
}

EdgeReport public_edge(const verdict::EdgeSummary& summary, const evidence::Roster& roster) {
  const evidence::EdgeEntry& edge = roster.edge(summary.edge);
  EdgeReport made;
  made.environment = edge.environment;
  made.region = edge.region;
  made.edge = edge.name;
  made.address = edge.address;
  made.provider = edge.provider;
  made.cells = public_cells(summary.cells);
  made.probes = summary.probes;
  made.p50 = summary.p50;
  made.p99 = summary.p99;
  made.servers_seen = summary.profile.nodes_seen;
  made.detection_power = summary.detection_power;
  return made;
}

CheckReport public_check(const evidence::CheckOutcome& check) {
  return {check.name,          static_cast<CheckStatus>(check.status),
          safe(check.detail),  check.parity_score,
          check.duration,      check.findings,
          check.findings_total};
}

void add_counts(Report& made, const report::Run& run) {
  const report::TenantCounts tenants = report::count_tenants(run);
  made.tenants = {tenants.total, tenants.verified, tenants.flagged};
  made.cells = public_cells(run.judgement.cells);
  made.probes = run.judgement.probes;
  made.parity_score = run.judgement.parity_score;
}

}  // namespace

base::Instant instant(TimePoint when) { return {when.time_since_epoch().count()}; }

Errors public_errors(const base::Errors& errors) {
  return each(errors, [](const base::Error& error) {
    const base::SourceSpan where = error.where.value_or(base::SourceSpan{});
    return Error{std::string(error.id.slug),          error.message, where.file, where.line, where.column,
                 static_cast<int>(error.id.exit_code)};
  });
}

Report public_report(const report::Run& run) {
  const verdict::Judgement& judgement = run.judgement;
  Report made;
  made.tool_version = run.header.tool_version;
  made.run_id = run.header.run_id;
  made.project = run.header.project;
  made.environment = report::environments(run);
  made.started_at = time_point(run.header.started_at);
  made.finished_at = time_point(run.footer.finished_at);
  made.complete = run.footer.is_complete;
  made.why_incomplete = run.footer.why_incomplete;
  made.cells_left_out = run.footer.cells_left_out;
  made.outcome = report::outcome(run);
  made.gate = {judgement.gate.passed, each(judgement.gate.reasons, [](const std::string& why) { return safe(why); })};
  add_counts(made, run);
  made.findings = each(judgement.findings, [&run](const auto& verdict) { return public_finding(verdict, run.roster); });
  made.edges = each(judgement.edges, [&run](const auto& summary) { return public_edge(summary, run.roster); });
  made.origins = each(judgement.origins, [](const verdict::OriginTrouble& trouble) {
    return OriginTrouble{safe(trouble.replica), trouble.cells, safe(trouble.what)};
  });
  made.checks = each(run.footer.checks, public_check);
  made.affected_tenants = judgement.affected_tenants;
  made.unsure_tenants = judgement.unsure_tenants;
  made.json = report::render_json(run);
  made.text = report::render_text(run, {}, {});
  made.exit_code = static_cast<int>(judgement.gate.exit_code);
  return made;
}

}  // namespace library

}  // namespace cachewitness
