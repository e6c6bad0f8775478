#include "app/explain_command.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "app/diagnostics.h"
#include "app/evidence_input.h"
#include "app/load_manifest.h"
#include "app/purge_advice.h"
#include "base/text.h"
#include "verdict/explain.h"
#include "verdict/loop_judge.h"

namespace cachewitness::app {

namespace {

bool matches(const std::string& glob, std::string_view name) { return glob.empty() || base::matches_glob(glob, name); }

bool is_wanted(const ExplainOptions& options, const evidence::Roster& roster, const evidence::Cell& cell) {
  const plan::Narrowing& narrowing = options.common.narrowing;
  const evidence::EdgeEntry& edge = roster.edge(cell.edge);
  const auto& environments = narrowing.environments;
  return (environments.empty() || std::ranges::find(environments, edge.environment) != environments.end()) &&
         matches(narrowing.regions, edge.region) && matches(narrowing.edges, edge.name) &&
         matches(narrowing.tenants, roster.tenant(cell.tenant)) &&
         matches(narrowing.assets, roster.asset(cell.asset)) && matches(options.variants, roster.variant(cell.variant));
}

// Without any glob a person wants to hear of what is wrong, not of the first cells that happen to come.
bool is_narrowed(const ExplainOptions& options) {
  const plan::Narrowing& n = options.common.narrowing;
  return !n.environments.empty() || !n.regions.empty() || !n.edges.empty() || !n.tenants.empty() || !n.assets.empty() ||
         !options.variants.empty();
}

// A misspelt environment is a wrong command; an empty story would look like an edge that was never asked.
base::Result<void> check_environments(const std::vector<std::string>& given, const evidence::Roster& roster) {
  std::vector<std::string_view> known;
  for (const evidence::EdgeEntry& edge : roster.edges) {
    known.push_back(edge.environment);
  }
  for (const std::string& name : given) {
    if (std::ranges::find(known, name) == known.end()) {
      const auto near = base::nearest(name, known);
      return base::fail(base::errors::unknown_name,
                        fmt::format("the evidence has no environment \"{}\"{}", base::printable(name),
                                    near ? fmt::format("; did you mean \"{}\"?", base::printable(*near)) : ""));
    }
  }
  return {};
}

std::vector<evidence::Cell> flagged_cells(const verdict::Judgement& judgement) {
  std::vector<evidence::Cell> cells;
  cells.reserve(judgement.findings.size());
  for (const verdict::Verdict& finding : judgement.findings) {
    cells.push_back(finding.cell);
  }
  return cells;
}

// For the purge command alone: neither tenants nor secrets are read. Without a manifest the story is told all the same;
// one that was named has to be good.
base::Result<std::optional<manifest::Manifest>, base::Errors> read_manifest(const Ports& ports,
                                                                            const CommonOptions& options) {
  auto parsed = parse_manifest_file(ports.files, manifest_path(options, ports.environment));
  if (parsed) {
    return std::optional(std::move(*parsed));
  }
  if (options.manifest.empty()) {
    return std::nullopt;
  }
  return std::unexpected(std::move(parsed).error());
}

std::string advice_for(const verdict::Verdict& verdict, const evidence::Roster& roster,
                       const std::optional<manifest::Manifest>& manifest) {
  if (verdict.state != verdict::State::stale || !manifest) {
    return {};
  }
  const evidence::EdgeEntry& edge = roster.edge(verdict.cell.edge);
  return purge_advice(*manifest, {.environment = edge.environment,
                                  .edge = edge.name,
                                  .variant = roster.variant(verdict.cell.variant),
                                  .url = verdict.url});
}

}  // namespace

int run_explain(const Ports& ports, const ExplainOptions& options) {
  auto input = EvidenceInput::open(ports.files, options.evidence);
  if (!input) {
    return report_error(ports, input.error());
  }
  EvidenceInput& file = **input;
  const auto manifest = read_manifest(ports, options.common);
  if (!manifest) {
    return report_errors(ports, manifest.error());
  }
  if (auto known = check_environments(options.common.narrowing.environments, file.roster()); !known) {
    return report_error(ports, known.error());
  }
  verdict::LoopJudge judge(file.header(), file.roster());
  std::set<evidence::Cell> wanted;
  const auto read = file.read_all(
      [&](const evidence::Evidence& evidence) {
        judge.add(evidence);
        const bool is_of_edge = evidence.role == evidence::Role::probe || evidence.role == evidence::Role::leak;
        if (is_of_edge && is_wanted(options, file.roster(), evidence.cell)) {
          wanted.insert(evidence.cell);
        }
      },
      [&judge](const evidence::Round& round) { judge.begin_round(round); });
  if (!read) {
    return report_error(ports, read.error());
  }
  std::vector<evidence::Cell> cells(wanted.begin(), wanted.end());
  if (!is_narrowed(options)) {
    cells = flagged_cells(judge.finish(file.footer()));
  }
  if (cells.empty()) {
    const bool is_clean = !is_narrowed(options) && !wanted.empty();
    if (is_clean) {
      ports.console.out("Every cell is fresh; name one with --tenants, --edges, --assets or --variants.\n");
      return static_cast<int>(base::ExitCode::passed);
    }
    return report_error(ports, {base::errors::no_cells, "no cell in the evidence matches; widen the globs", {}});
  }
  for (std::size_t i = 0; i < cells.size() && i < options.most; ++i) {
    const std::string advice = advice_for(judge.verdict_of(cells[i]), file.roster(), *manifest);
    ports.console.out(verdict::explain(judge.judge_of(cells[i]), cells[i], advice) + "\n");
  }
  if (cells.size() > options.most) {
    ports.console.out(fmt::format("and {} more cells; --most N shows more of them\n", cells.size() - options.most));
  }
  return static_cast<int>(base::ExitCode::passed);
}

}  // namespace cachewitness::app
