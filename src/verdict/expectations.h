// Expectations: what the deploy says its assets must be, found by (tenant, asset, variant) without
// walking the whole list, which may hold a line for every tenant.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "manifest/manifest.h"
#include "verdict/truth.h"

namespace cachewitness::verdict {

class Expectations {
 public:
  // Borrows `list`.
  explicit Expectations(const std::vector<manifest::Expectation>& list);

  [[nodiscard]] bool is_empty() const { return list_.empty(); }

  // The first of the list that fits; nothing given where none does.
  [[nodiscard]] Expected find(std::string_view tenant, std::string_view asset, std::string_view variant) const;

 private:
  const std::vector<manifest::Expectation>& list_;
  // Places in the list: of plain tenant names by asset, tenant and place, of globs by asset and place. Four bytes each,
  // for there may be a line for every tenant and asset.
  std::vector<std::uint32_t> plain_;
  std::vector<std::uint32_t> globs_;
};

}  // namespace cachewitness::verdict
