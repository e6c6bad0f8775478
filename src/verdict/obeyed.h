// The cache policy that an edge obeys for an answer: a targeted field that its provider knows, else Cache-Control.
#pragma once

#include "http/freshness.h"
#include "verdict/cell_view.h"

namespace cachewitness::verdict {

// `answer`: the origin's, or one of the edge that passes the origin's fields on.
[[nodiscard]] http::ObeyedPolicy obeyed_policy(const CellView& view, const Sighting& answer);
// By what the origin says where it addresses the edge's kind alone, for edges keep that to themselves; else by what
// stands in the edge's own answer, so that a release that changed Cache-Control counts from its own objects on.
[[nodiscard]] http::ObeyedPolicy policy_of_object(const CellView& view, const Sighting& seen);
// Seconds; nothing where no directive gives one.
[[nodiscard]] std::optional<std::int64_t> explicit_lifetime(const http::CachePolicy& policy);

}  // namespace cachewitness::verdict
