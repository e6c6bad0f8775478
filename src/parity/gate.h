// The gate of a comparison: `gate.min_parity` for every pair, `gate.max_inconclusive` for what was not answered.
#pragma once

#include "evidence/run_header.h"
#include "manifest/policy.h"
#include "parity/comparison.h"

namespace cachewitness::parity {

// Reads the scores of `comparison`; its own `gate` is not looked at.
[[nodiscard]] Gate judge_gate(const Comparison& comparison, const manifest::Gate& gate,
                              const evidence::RunFooter& footer);

}  // namespace cachewitness::parity
