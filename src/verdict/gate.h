// The gate: what a pipeline makes of the verdicts. Contract section 2's exit codes 0, 1 and 3.
#pragma once

#include <cstdint>
#include <vector>

#include "evidence/run_header.h"
#include "verdict/judgement.h"

namespace cachewitness::verdict {

struct GateInput {
  const CellCounts& cells;
  double parity_score = 1;
  std::uint64_t blamed = 0;   // stale, mismatch and leak, not waived
  std::uint64_t unsure = 0;   // error and inconclusive, not waived
  std::uint64_t leaking = 0;  // subset of blamed
  std::uint64_t planned = 0;  // cells that the run set out to judge; 0 where the header does not say
};

[[nodiscard]] GateResult judge_gate(const GateInput& input, const manifest::Gate& gate,
                                    const evidence::RunFooter& footer);

}  // namespace cachewitness::verdict
