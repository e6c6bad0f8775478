// Survey: the second pass. A cell whose answers are not current is held against cells of other assets, so that what
// several have in common is seen. As pure as the first pass: it reads the same sightings, in any order.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "verdict/books.h"
#include "verdict/cell_view.h"

namespace cachewitness::verdict {

class Survey {
 public:
  // Of everything that was added so far. Requires: the books outlive it.
  explicit Survey(const Books& books);

  // Fills in what only the second pass can tell. Requires: the view is of these books.
  void look_across(CellView& view) const;

 private:
  void group_aliases();
  void add_aliases(CellView& view) const;

  const Books& books_;
  std::unordered_map<std::string, std::vector<evidence::AssetId>> aliases_;  // by http::alias_key()
};

}  // namespace cachewitness::verdict
