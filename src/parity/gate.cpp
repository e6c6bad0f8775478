#include "parity/gate.h"

#include <utility>

#include <fmt/format.h>

#include "base/percent.h"
#include "base/text.h"

namespace cachewitness::parity {

namespace {

// Shares come from whole numbers of cells; a rounding error must not decide a deployment.
constexpr double rounding = 1e-12;

std::string names(const PairScore& pair) {
  return fmt::format("{} and {}", base::printable(pair.one), base::printable(pair.other));
}

std::vector<std::string> why_inconclusive(const Comparison& comparison, const manifest::Gate& gate,
                                          const evidence::RunFooter& footer) {
  std::vector<std::string> reasons;
  for (const PairScore& pair : comparison.pairs) {
    const double all = static_cast<double>(pair.cells + pair.unsure);
    if (pair.cells == 0) {
      reasons.push_back(fmt::format("No cell of {} could be compared.", names(pair)));
    } else if (static_cast<double>(pair.unsure) / all > gate.max_inconclusive + rounding) {
      reasons.push_back(
          fmt::format("{} of {} cells of {} were not answered or have no counterpart; the gate allows {:.2f}%.",
                      base::grouped(pair.unsure), base::grouped(pair.cells + pair.unsure), names(pair),
                      gate.max_inconclusive * 100));
    }
  }
  if (comparison.pairs.empty()) {
    reasons.emplace_back("There is but one environment, so nothing was compared.");
  }
  if (!footer.is_complete) {
    reasons.push_back(fmt::format("The run is incomplete ({}): {} cell(s) left out.",
                                  base::printable(footer.why_incomplete), footer.cells_left_out));
  }
  return reasons;
}

}  // namespace

Gate judge_gate(const Comparison& comparison, const manifest::Gate& gate, const evidence::RunFooter& footer) {
  Gate result;
  result.exit_code = base::ExitCode::passed;
  for (const PairScore& pair : comparison.pairs) {
    if (pair.cells > 0 && pair.score < gate.min_parity - rounding) {
      result.reasons.push_back(fmt::format("Parity of {} is {}; the gate asks for {:.2f}%.", names(pair),
                                           base::percent(pair.score, 2), gate.min_parity * 100));
      result.exit_code = base::ExitCode::failed;
    }
  }
  for (std::string& reason : why_inconclusive(comparison, gate, footer)) {
    if (result.exit_code == base::ExitCode::passed) {
      result.exit_code = base::ExitCode::inconclusive;
    }
    result.reasons.push_back(std::move(reason));
  }
  result.passed = result.exit_code == base::ExitCode::passed;
  return result;
}

}  // namespace cachewitness::parity
