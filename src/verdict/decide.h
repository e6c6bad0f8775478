// decide: from everything known about one cell to its verdict.
#pragma once

#include <string_view>
#include <vector>

#include "verdict/cell_view.h"
#include "verdict/judgement.h"
#include "verdict/rules.h"

namespace cachewitness::verdict {

// The rule id of a cell that no rule fires for.
inline constexpr std::string_view fresh_rule = "fresh";

// Requires: the view has an answer or a failure.
[[nodiscard]] Verdict decide(const CellView& view);

// Every rule's ruling, in decision order; parallel to rules().
[[nodiscard]] std::vector<Ruling> rule_all(const CellView& view);

}  // namespace cachewitness::verdict
