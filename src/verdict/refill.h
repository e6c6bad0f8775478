// Which side of the purge an old object belongs to. Age has a granularity of one second, so the bracket
// often straddles the purge; the baseline and the origin's readiness then narrow it down.
#pragma once

#include <cstdint>
#include <string_view>

#include "verdict/cell_view.h"

namespace cachewitness::verdict {

enum class Side : std::uint8_t {
  kept,      // the purge never removed it
  refilled,  // it came into the cache after the purge
  unknown,
};

struct Siding {
  Side side = Side::unknown;
  double confidence = 0;
  std::string_view because;  // a sentence
};

// Requires: the purge's times are known, and `look` is the previous version.
[[nodiscard]] Siding side_of_purge(const CellView& view, const Look& look);

// Every replica was new before the purge: from then on no refill could bring the previous version.
[[nodiscard]] bool is_origin_ready_first(const CellView& view);

// What the edge held in the place of an object when it was looked at before the deploy, by their ages.
enum class Predecessor : std::uint8_t {
  unknown,  // not looked at, undated, or by a server that may be another one
  same,     // the object itself
  another,
};

// Requires: `look` is dated.
[[nodiscard]] Predecessor predecessor_of(const CellView& view, const Look& look);

// No answer of the cell shows that the purge reached its edge: each is the previous version out of the store,
// kept, and not called stale. Requires: the purge's times are known.
[[nodiscard]] bool is_untouched(const CellView& view);

}  // namespace cachewitness::verdict
