#include "verdict/failed_purge.h"

namespace cachewitness::verdict {

const evidence::PurgeFailure* failed_purge_of(const CellView& view, const Look& look) {
  return view.purge_failures->find({.environment = view.environment,
                                    .edge = view.edge,
                                    .variant = view.variant,
                                    .url = view.notebook->url_of(*look.seen)});
}

}  // namespace cachewitness::verdict
