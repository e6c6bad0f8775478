// Expectations: what the deploy says its assets must be, found by (tenant, asset, variant) without
// walking the whole list, which may hold a line for every tenant.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
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
  std::vector<Expected> expected_;  // parallel to list_
  // Keys are asset, line feed, tenant for a plain tenant name; asset alone for a glob. Ascending indexes.
  std::unordered_map<std::string, std::vector<std::size_t>> index_;
};

}  // namespace cachewitness::verdict
