#include "manifest/tenant_table.h"

#include <algorithm>
#include <ranges>

#include "base/assert.h"

namespace cachewitness::manifest {

namespace {
constexpr std::uint32_t no_value = 0xFFFFFFFF;
}  // namespace

bool TenantTable::add(const TenantRow& row) {
  const std::size_t known = ids_.size();
  const TenantId tenant{ids_.intern(row.id)};
  if (tenant.index() < known) {
    return false;
  }
  for (const auto& [name, value] : row.attributes) {
    const std::uint32_t column = names_.intern(name);
    if (column >= columns_.size()) {
      columns_.resize(column + 1);
    }
    // A column ends at the last tenant that has a value there: a rare attribute costs next to nothing.
    columns_[column].resize(tenant.index(), no_value);
    columns_[column].push_back(values_.intern(value));
  }
  for (const std::string_view tag : row.tags) {
    tags_.push_back({tenant, values_.intern(tag)});
  }
  for (const std::string_view asset : row.assets) {
    assets_.push_back({tenant, values_.intern(asset)});
  }
  return true;
}

std::string_view TenantTable::id(TenantId tenant) const { return ids_.at(tenant.value); }

std::string_view TenantTable::attribute(TenantId tenant, std::string_view name) const {
  CW_ASSERT(tenant.index() < size());
  if (name == "id") {
    return id(tenant);
  }
  const auto column = names_.find(name);
  if (!column || tenant.index() >= columns_[*column].size()) {
    return {};
  }
  const std::uint32_t value = columns_[*column][tenant.index()];
  return value == no_value ? std::string_view{} : values_.at(value);
}

std::vector<std::string_view> TenantTable::texts(const std::vector<List>& lists, TenantId tenant) const {
  std::vector<std::string_view> out;
  for (const List& entry : std::ranges::equal_range(lists, tenant, {}, &List::tenant)) {
    out.push_back(values_.at(entry.text));
  }
  return out;
}

std::vector<std::string_view> TenantTable::tags(TenantId tenant) const { return texts(tags_, tenant); }

std::vector<std::string_view> TenantTable::extra_assets(TenantId tenant) const { return texts(assets_, tenant); }

bool TenantTable::has_extra_assets() const { return !assets_.empty(); }

std::optional<TenantId> TenantTable::find(std::string_view id) const {
  const auto found = ids_.find(id);
  return found ? std::optional(TenantId{*found}) : std::nullopt;
}

std::vector<std::string_view> TenantTable::attribute_names() const {
  std::vector<std::string_view> names{"id"};
  for (std::uint32_t i = 0; i < names_.size(); ++i) {
    names.push_back(names_.at(i));
  }
  return names;
}

std::size_t TenantTable::memory_bytes() const {
  std::size_t bytes = ids_.memory_bytes() + names_.memory_bytes() + values_.memory_bytes();
  bytes += (tags_.capacity() + assets_.capacity()) * sizeof(List);
  for (const auto& column : columns_) {
    bytes += column.capacity() * sizeof(std::uint32_t);
  }
  return bytes;
}

}  // namespace cachewitness::manifest
