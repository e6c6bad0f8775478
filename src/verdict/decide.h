// decide: from everything known about one cell to its verdict, in two steps: most cells are fresh, and of
// those nobody wants to be told more.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "verdict/cell_view.h"
#include "verdict/judgement.h"
#include "verdict/rules.h"

namespace cachewitness::verdict {

// The rule id of a cell that no rule fires for.
inline constexpr std::string_view fresh_rule = "fresh";

struct Decision {
  const Rule* rule = nullptr;  // null: fresh
  Ruling ruling;
  Grade grade = Grade::none;

  [[nodiscard]] State state() const { return rule == nullptr ? State::fresh : rule->state; }
};

// Requires: the view has an answer or a failure.
[[nodiscard]] Decision decide(const CellView& view);
// Of leak rules alone, for a view that may have nothing else. Nothing where none fires.
[[nodiscard]] std::optional<Decision> decide_leak(const CellView& view);
// The policy allows its cause, at the moment when the run began.
[[nodiscard]] bool is_waived(const CellView& view, const Decision& decision);
// The decision with everything that a report says of it.
[[nodiscard]] Verdict tell(const CellView& view, Decision decision);

}  // namespace cachewitness::verdict
