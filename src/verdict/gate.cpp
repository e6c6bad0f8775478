#include "verdict/gate.h"

#include <fmt/format.h>

#include "base/text.h"

namespace cachewitness::verdict {

namespace {

// Shares come from whole numbers of cells; a rounding error must not decide a deployment.
constexpr double rounding = 1e-12;

std::vector<std::string> why_failed(const GateInput& input, const manifest::Gate& gate,
                                    const evidence::RunFooter& footer) {
  std::vector<std::string> reasons;
  if (input.blamed > gate.max_stale_cells) {
    reasons.push_back(fmt::format("{} of {} cells are stale, mismatched or leaking; the gate allows {}.",
                                  base::grouped(input.blamed), base::grouped(input.cells.total),
                                  base::grouped(gate.max_stale_cells)));
  }
  if (input.leaking > 0) {
    reasons.push_back(
        fmt::format("{} cells leak what belongs to others; no number of those passes.", base::grouped(input.leaking)));
  }
  if (input.parity_score < gate.min_parity - rounding) {
    reasons.push_back(
        fmt::format("Parity is {:.2f}%; the gate asks for {:.2f}%.", input.parity_score * 100, gate.min_parity * 100));
  }
  for (const evidence::CheckOutcome& check : footer.checks) {
    if (check.status == evidence::CheckOutcome::Status::fail) {
      reasons.push_back(
          fmt::format("Check '{}' failed: {}", base::printable(check.name), base::printable(check.detail)));
    }
  }
  return reasons;
}

std::vector<std::string> why_inconclusive(const GateInput& input, const manifest::Gate& gate,
                                          const evidence::RunFooter& footer) {
  std::vector<std::string> reasons;
  if (input.cells.total == 0) {
    reasons.emplace_back("No cell was judged, so nothing is proven.");
    return reasons;
  }
  const double unsure = static_cast<double>(input.unsure) / static_cast<double>(input.cells.total);
  if (unsure > gate.max_inconclusive + rounding) {
    reasons.push_back(fmt::format(
        "{} of {} cells ({:.2f}%) are inconclusive or ended in an error; the gate allows "
        "{:.2f}%.",
        base::grouped(input.unsure), base::grouped(input.cells.total), unsure * 100, gate.max_inconclusive * 100));
  }
  if (!footer.is_complete) {
    reasons.push_back(fmt::format("The run is incomplete ({}): {} cell(s) left out.",
                                  base::printable(footer.why_incomplete), footer.cells_left_out));
  }
  if (footer.is_complete && input.cells.total < input.planned) {
    reasons.push_back(fmt::format("{} of {} planned cells have no evidence, although the run calls itself complete.",
                                  input.planned - input.cells.total, input.planned));
  }
  const std::uint64_t unproven = input.cells.fresh - input.cells.proven;
  if (gate.require_grade == manifest::RequiredGrade::proven && unproven > 0) {
    reasons.push_back(
        fmt::format("{} of {} fresh cells are only consistent: never seen old before; the gate asks for "
                    "proof.",
                    base::grouped(unproven), base::grouped(input.cells.fresh)));
  }
  return reasons;
}

}  // namespace

GateResult judge_gate(const GateInput& input, const manifest::Gate& gate, const evidence::RunFooter& footer) {
  GateResult result;
  result.reasons = why_failed(input, gate, footer);
  result.exit_code = result.reasons.empty() ? base::ExitCode::passed : base::ExitCode::failed;
  for (std::string& reason : why_inconclusive(input, gate, footer)) {
    if (result.exit_code == base::ExitCode::passed) {
      result.exit_code = base::ExitCode::inconclusive;
    }
    result.reasons.push_back(std::move(reason));
  }
  result.passed = result.exit_code == base::ExitCode::passed;
  return result;
}

}  // namespace cachewitness::verdict
