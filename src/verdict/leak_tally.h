// LeakTally: what leak checks came to, over all cells that they were made for.
#pragma once

#include <vector>

#include "verdict/books.h"
#include "verdict/judgement.h"

namespace cachewitness::verdict {

// Of several doubts the first is told, by the cells' names: an order that does not depend on ids.
[[nodiscard]] std::vector<LeakSummary> tally_leaks(const Books& books);

}  // namespace cachewitness::verdict
