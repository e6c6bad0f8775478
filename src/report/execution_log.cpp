#include "report/execution_log.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <set>
#include <tuple>

#include <fmt/format.h>

#include "base/json_writer.h"
#include "base/percent.h"
#include "base/text.h"

namespace cachewitness::report {

namespace {

using base::JsonWriter;

// Of a log that people scroll through; the report has them all.
constexpr std::size_t max_listed_tenants = 1000;

std::int64_t milliseconds(base::Duration duration) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
}

void append_extra(JsonWriter& json, const std::string& key, const LogStep::Extra& extra) {
  if (const auto* number = std::get_if<std::uint64_t>(&extra)) {
    json.member(key, *number);
  } else if (const auto* text = std::get_if<std::string>(&extra)) {
    json.member(key, *text);
  } else if (const auto* list = std::get_if<std::vector<std::string>>(&extra)) {
    json.strings(key, *list);
  } else {
    json.key(key);
    json.raw(std::get<RawJson>(extra).text);
  }
}

void append_step(JsonWriter& json, const LogStep& step, std::size_t number) {
  json.begin_object();
  json.member("step", number);
  json.member("action", step.action);
  json.member("detail", base::printable(step.detail, 1000));
  for (const auto& [key, extra] : step.extras) {
    append_extra(json, key, extra);
  }
  json.member("duration_ms", milliseconds(step.duration));
  json.member("status", name(step.status));
  json.end_object();
}

std::string plural(std::uint64_t count, std::string_view one) {
  return fmt::format("{} {}{}", count, one, count == 1 ? "" : "s");
}

// "4 regions × 3 edge nodes" where every region has as many, else "4 regions, 11 edge nodes".
std::string describe_edges(const evidence::Roster& roster) {
  std::map<std::pair<std::string, std::string>, std::size_t> edges_of_region;
  for (const evidence::EdgeEntry& edge : roster.edges) {
    ++edges_of_region[{edge.environment, edge.region}];
  }
  const std::string regions = plural(edges_of_region.size(), "region");
  const std::size_t first = edges_of_region.empty() ? 0 : edges_of_region.begin()->second;
  const bool is_even = std::ranges::all_of(edges_of_region, [&](const auto& entry) { return entry.second == first; });
  return is_even ? fmt::format("{} × {}", regions, plural(first, "edge node"))
                 : fmt::format("{}, {}", regions, plural(roster.edges.size(), "edge node"));
}

std::size_t count_regions(const evidence::Roster& roster) {
  std::set<std::pair<std::string_view, std::string_view>> regions;
  for (const evidence::EdgeEntry& edge : roster.edges) {
    regions.emplace(edge.environment, edge.region);
  }
  return regions.size();
}

// "etag" as RFC 9110 writes it: "ETag". Others: "Cache-Control".
std::string field_name(std::string_view lower) {
  if (lower == "etag") {
    return "ETag";
  }
  std::string text(lower);
  bool is_first = true;
  for (char& c : text) {
    if (is_first && c >= 'a' && c <= 'z') {
      c = static_cast<char>(c - 32);
    }
    is_first = c == '-';
  }
  return text;
}

LogStep validation_step(const Run& run, base::Duration duration) {
  const verdict::CellCounts& cells = run.judgement.cells;
  std::vector<std::string> fields;
  std::ranges::transform(run.header.policy.compare, std::back_inserter(fields), field_name);
  if (run.header.policy.body == manifest::BodyPolicy::hash) {
    fields.emplace_back("body digest");
  }
  std::vector<std::string> tenants = run.judgement.affected_tenants;
  tenants.resize(std::min(tenants.size(), max_listed_tenants));
  LogStep step;
  step.action = "executing_cache_header_validation";
  step.detail = fmt::format("Comparing {} across all tenants", fmt::join(fields, ", "));
  // Waived cells are among the non-fresh; a finding that is tolerated is no mismatch.
  const auto found = std::ranges::count_if(run.judgement.findings, [](const verdict::Verdict& finding) {
    return !finding.is_waived && (finding.state == verdict::State::stale || finding.state == verdict::State::mismatch ||
                                  finding.state == verdict::State::leak);
  });
  step.extras = {{"mismatches", static_cast<std::uint64_t>(found)}, {"affected_tenants", std::move(tenants)}};
  step.duration = duration;
  const bool is_clean = found == 0 && cells.error + cells.inconclusive == 0 && run.footer.is_complete;
  step.status = cells.total == 0 ? StepStatus::failed : is_clean ? StepStatus::complete : StepStatus::warning;
  return step;
}

// "Python 3.11" of "Python 3.11.2".
std::string_view short_version(std::string_view version) {
  const std::size_t minor = version.find('.');
  return version.substr(0, minor == std::string_view::npos ? minor : version.find('.', minor + 1));
}

std::string describe_check(const evidence::CheckOutcome& check, const CheckRuntime& runtime) {
  const std::string said = check.detail.empty() ? check.name : fmt::format("{}: {}", check.name, check.detail);
  return runtime.script.empty() || runtime.version.empty()
             ? said
             : fmt::format("Invoking {} with {} runtime; {}", runtime.script, short_version(runtime.version), said);
}

LogStep loop_step(const verdict::LoopResult& loop, const Run& run, base::Duration duration) {
  LogStep step;
  step.action = "purging_flagged_cells_again";
  step.detail =
      fmt::format("{} purged and probed again in {}, {} healed", plural(loop.rounds.front().cells, "flagged cell"),
                  plural(loop.rounds.size(), "round"), loop.healed.size());
  step.extras = {{"rounds", static_cast<std::uint64_t>(loop.rounds.size())},
                 {"healed", static_cast<std::uint64_t>(loop.healed.size())}};
  step.duration = duration;
  step.status = run.footer.why_loop_ended.empty() ? StepStatus::complete : StepStatus::warning;
  return step;
}

LogStep check_step(const Run& run, const VerifySteps& steps) {
  LogStep step;
  step.action = "running_python_coherency_check";
  step.duration = steps.checking;
  if (run.footer.checks.empty()) {
    step.detail = "The manifest names no check";
    step.status = StepStatus::skipped;
    return step;
  }
  std::vector<std::string> parts;
  std::optional<double> parity;
  std::vector<std::string> versions;
  for (std::size_t i = 0; i < run.footer.checks.size(); ++i) {
    const evidence::CheckOutcome& check = run.footer.checks[i];
    const CheckRuntime runtime = i < steps.runtimes.size() ? steps.runtimes[i] : CheckRuntime{};
    parts.push_back(describe_check(check, runtime));
    if (!runtime.version.empty() && std::ranges::find(versions, runtime.version) == versions.end()) {
      versions.push_back(runtime.version);
    }
    parity = parity ? parity : check.parity_score;
    const StepStatus status = check.status == evidence::CheckOutcome::Status::fail   ? StepStatus::failed
                              : check.status == evidence::CheckOutcome::Status::warn ? StepStatus::warning
                                                                                     : StepStatus::complete;
    const bool is_worse = step.status == StepStatus::complete || status == StepStatus::failed;
    step.status = is_worse ? status : step.status;
  }
  step.detail = fmt::format("{}", fmt::join(parts, "; "));
  step.extras = {{"parity_score", base::percent(parity.value_or(run.judgement.parity_score))}};
  if (!versions.empty()) {
    step.extras.emplace_back("runtimes", std::move(versions));
  }
  return step;
}

LogStep report_step(const Run& run, const VerifySteps& steps) {
  const std::size_t affected = run.judgement.affected_tenants.size();
  const std::size_t unsure = run.judgement.unsure_tenants.size();
  LogStep step;
  step.action = "generating_verification_report";
  if (affected > 0) {
    step.detail = fmt::format("{} require{} manual invalidation", plural(affected, "tenant"), affected == 1 ? "s" : "");
  } else {
    step.detail = "no tenant requires manual invalidation";
  }
  step.detail += unsure > 0 ? fmt::format("; {} could not be judged", plural(unsure, "tenant"))
                            : "; all regions otherwise synchronized";
  if (!steps.report_path.empty()) {
    step.extras = {{"report_path", steps.report_path}};
  }
  step.duration = steps.reporting;
  return step;
}

}  // namespace

std::string_view name(StepStatus status) {
  switch (status) {
    case StepStatus::complete:
      return "complete";
    case StepStatus::warning:
      return "warning";
    case StepStatus::failed:
      return "failed";
    case StepStatus::skipped:
      return "skipped";
  }
  return "failed";
}

std::string render_step(const LogStep& step, std::size_t number) {
  std::string out;
  JsonWriter json(out, JsonWriter::Layout::compact);
  append_step(json, step, number);
  return out;
}

std::string render_log(const ExecutionLog& log) {
  std::string out;
  JsonWriter json(out, JsonWriter::Layout::indented);
  json.begin_object();
  json.member("schema", log_schema_name);
  json.member("task", log.task);
  json.member("agent", log.agent);
  json.member("execution_id", log.execution_id);
  json.member("timestamp", base::rfc3339(log.timestamp, 0));
  json.begin_array("steps");
  for (std::size_t i = 0; i < log.steps.size(); ++i) {
    append_step(json, log.steps[i], i + 1);
  }
  json.end_array();
  json.member("total_duration_ms", milliseconds(log.total_duration));
  json.member("outcome", log.outcome);
  json.end_object();
  out += '\n';
  return out;
}

ExecutionLog make_verify_log(const Run& run, const VerifySteps& steps) {
  ExecutionLog log;
  log.task = "detect_edge_cdn_cache_invalidation";
  log.agent = "DevOps";
  log.execution_id = run.header.run_id;
  log.timestamp = run.header.started_at;
  log.total_duration = run.footer.finished_at - run.header.started_at;
  log.outcome = outcome(run);
  const TenantCounts tenants = count_tenants(run);
  log.steps.push_back({"analyzing_tenant_manifest",
                       fmt::format("Found {} across {}", plural(tenants.total, "active tenant"),
                                   plural(count_regions(run.roster), "region")),
                       {},
                       steps.analyzing,
                       StepStatus::complete});
  log.steps.push_back({"provisioning_probe_sidecars",
                       fmt::format("Spawned {} ({})", plural(run.roster.edges.size(), "concurrent HTTP probe"),
                                   describe_edges(run.roster)),
                       {},
                       steps.provisioning,
                       StepStatus::complete});
  log.steps.push_back(validation_step(run, steps.validating));
  if (const auto& loop = run.judgement.loop; loop && !loop->rounds.empty()) {
    log.steps.push_back(loop_step(*loop, run, steps.purging_again));
  }
  log.steps.push_back(check_step(run, steps));
  log.steps.push_back(report_step(run, steps));
  return log;
}

}  // namespace cachewitness::report
