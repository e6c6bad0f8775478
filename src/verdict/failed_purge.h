// What the journal of the purge says of a cell's own purge, where it was not carried out.
#pragma once

#include "evidence/run_header.h"
#include "verdict/cell_view.h"

namespace cachewitness::verdict {

// Of the URL that the look is of. Null where the journal tells of no failed purge that would have been of it.
[[nodiscard]] const evidence::PurgeFailure* failed_purge_of(const CellView& view, const Look& look);

}  // namespace cachewitness::verdict
