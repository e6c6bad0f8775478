#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/text.h"
#include "report/report.h"

namespace cachewitness::report {

namespace {

std::string first_reason(const Run& run) {
  const auto& reasons = run.judgement.gate.reasons;
  return reasons.empty() ? std::string() : base::printable(reasons.front(), 300);
}

std::string sentence(std::string text) {
  if (!text.empty() && !text.ends_with('.')) {
    text += '.';
  }
  return text;
}

bool has_leak(const Run& run) {
  return std::ranges::any_of(run.judgement.findings, [](const verdict::Verdict& finding) {
    return finding.state == verdict::State::leak && !finding.is_waived;
  });
}

// What an incomplete run may claim: never how many tenants are fine, since of none all cells may have been seen.
std::string cut_short(const Run& run, const TenantCounts& tenants) {
  const std::string why = base::printable(run.footer.why_incomplete);
  const std::string stopped = fmt::format("the run was cut short ({}); {} cells left out.",
                                          why.empty() ? "no reason given" : why, run.footer.cells_left_out);
  if (tenants.flagged == 0) {
    return "INCONCLUSIVE - " + stopped;
  }
  return fmt::format("FAILURE - {} of {} tenants flagged before {}", tenants.flagged, tenants.total, stopped);
}

}  // namespace

TenantCounts count_tenants(const Run& run) {
  const verdict::Judgement& judgement = run.judgement;
  TenantCounts counts;
  counts.total = std::max(run.header.planned_tenants, judgement.tenants);
  counts.flagged = judgement.affected_tenants.size() + judgement.unsure_tenants.size();
  counts.verified = judgement.tenants - std::min(judgement.tenants, counts.flagged);
  return counts;
}

std::string environments(const Run& run) {
  std::vector<std::string> names;
  for (const evidence::EdgeEntry& edge : run.roster.edges) {
    if (std::ranges::find(names, edge.environment) == names.end()) {
      names.push_back(edge.environment);
    }
  }
  return fmt::format("{}", fmt::join(names, ","));
}

std::string outcome(const Run& run) {
  const TenantCounts tenants = count_tenants(run);
  const verdict::GateResult& gate = run.judgement.gate;
  if (!run.footer.is_complete) {
    return cut_short(run, tenants);
  }
  if (run.judgement.cells.total == 0) {
    return "INCONCLUSIVE - no cell was judged.";
  }
  const std::string verified = fmt::format("{}/{} tenants verified.", tenants.verified, tenants.total);
  if (!gate.passed && gate.exit_code != base::ExitCode::failed) {
    return sentence(fmt::format("INCONCLUSIVE - {} {}", verified, first_reason(run)));
  }
  if (has_leak(run)) {
    return sentence(fmt::format("FAILURE - {} {}", verified, first_reason(run)));
  }
  if (tenants.verified == 0 && !gate.passed) {
    return fmt::format("FAILURE - {} Flagged {} for retry.", verified, tenants.flagged);
  }
  if (!gate.passed && tenants.flagged == 0) {
    return sentence(fmt::format("FAILURE - {} {}", verified, first_reason(run)));
  }
  if (tenants.verified < tenants.total) {
    return fmt::format("PARTIAL_SUCCESS - {} Flagged {} for retry.", verified, tenants.flagged);
  }
  return "SUCCESS - " + verified;
}

}  // namespace cachewitness::report
