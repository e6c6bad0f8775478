// What each edge's probes were like: latency, connections, counts.
#pragma once

#include <vector>

#include "verdict/books.h"
#include "verdict/judgement.h"

namespace cachewitness::verdict {

// By EdgeId, one entry an edge of the roster; the cells' counts are the judge's to add.
[[nodiscard]] std::vector<EdgeSummary> summarize_edges(const Books& books);

}  // namespace cachewitness::verdict
