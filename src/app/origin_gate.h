// The order gate: a purge before every origin replica serves the new version fetches the old one back. What it asks is
// no evidence of the run: verdicts rest on what replicas served after the purge.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/options.h"
#include "app/ports.h"
#include "app/progress.h"
#include "base/result.h"
#include "evidence/roster.h"
#include "plan/plan.h"
#include "verdict/judgement.h"

namespace cachewitness::app {

struct OriginState {
  // When the last replica was first seen to agree; none where they do not, or were not asked.
  std::optional<base::Instant> ready_at;
  std::vector<verdict::OriginTrouble> troubles;
  bool is_unanswered = false;  // the deadline ended questions that no replica had answered yet
  std::optional<base::ExitCode> interrupted;

  [[nodiscard]] bool is_ready() const { return troubles.empty() && !is_unanswered; }
};

// Asks every replica for the truths of the cells (none = all that are planned), again and again until all serve one
// version of each, and the expected one where the deploy named it, or the deadline has passed. A baseline,
// where there is one, tells which of two versions is the old one.
[[nodiscard]] base::Result<OriginState> await_origins(const Ports& ports, const plan::Plan& plan,
                                                      const CommonOptions& common, const OriginGateOptions& options,
                                                      const std::string& baseline,
                                                      const std::vector<evidence::Cell>& cells, Progress& progress);

// " A serves ...; B serves ...": which replica lags and what it serves; at most ten. Requires: it is not ready.
[[nodiscard]] std::string describe(const OriginState& state);

namespace errors {
inline constexpr base::ErrorId origin_not_ready{"origin-not-ready", base::ExitCode::inconclusive};
}  // namespace errors

}  // namespace cachewitness::app
