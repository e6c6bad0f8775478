// `arm`: the positive control. Asks every edge for every cell, twice where the first answer was no hit, and
// keeps the evidence.
#pragma once

#include <cstdint>
#include <string>

#include "app/options.h"
#include "app/ports.h"
#include "base/error.h"
#include "base/result.h"

namespace cachewitness::app {

struct Baseline {
  std::uint64_t planned = 0;     // cells
  std::uint64_t recorded = 0;    // subset of planned
  std::uint64_t held = 0;        // subset of recorded: seen to be served from a cache
  std::uint64_t unanswered = 0;  // subset of recorded
  std::string why_incomplete;    // empty where all was recorded
  base::ExitCode exit_code = base::ExitCode::inconclusive;
};
// Writes it to `options.evidence`. Prints nothing but warnings.
[[nodiscard]] base::Result<Baseline, base::Errors> record_baseline(const Ports& ports, const ArmOptions& options);

// Returns the exit code.
int run_arm(const Ports& ports, const ArmOptions& options);

}  // namespace cachewitness::app
