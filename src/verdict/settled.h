// Whether one more look at a cell may still change what is said of it.
#pragma once

#include "verdict/cell_view.h"
#include "verdict/decide.h"

namespace cachewitness::verdict {

// Requires: the decision is the view's, and a suspect's.
[[nodiscard]] bool is_settled(const CellView& view, const Decision& decision);

}  // namespace cachewitness::verdict
