// TenantTable: up to millions of tenants, under 200 bytes each, filled as a stream.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/string_table.h"
#include "manifest/ids.h"

namespace cachewitness::manifest {

// One tenant as it is read. `attributes` are any further strings, known to templates as {tenant.NAME}.
struct TenantRow {
  struct Attribute {
    std::string_view name;
    std::string_view value;
  };
  std::string_view id;
  std::vector<Attribute> attributes;  // `host` included
  std::vector<std::string_view> tags;
  std::vector<std::string_view> assets;  // beyond the manifest's own
};

class TenantTable {
 public:
  // False where a tenant of that id is there already; the row is then left out. Of an attribute that is
  // named twice in one row the caller must have made one.
  bool add(const TenantRow& row);

  [[nodiscard]] std::size_t size() const { return ids_.size(); }
  [[nodiscard]] std::string_view id(TenantId tenant) const;
  // Empty where the tenant has no such attribute; "id" is one.
  [[nodiscard]] std::string_view attribute(TenantId tenant, std::string_view name) const;
  [[nodiscard]] std::vector<std::string_view> tags(TenantId tenant) const;
  [[nodiscard]] std::vector<std::string_view> extra_assets(TenantId tenant) const;
  [[nodiscard]] bool has_extra_assets() const;
  [[nodiscard]] std::optional<TenantId> find(std::string_view id) const;
  // Every attribute name that at least one tenant has, "id" first.
  [[nodiscard]] std::vector<std::string_view> attribute_names() const;
  [[nodiscard]] std::size_t memory_bytes() const;

 private:
  struct List {  // tags, or extra assets
    TenantId tenant;
    std::uint32_t text;
  };
  [[nodiscard]] std::vector<std::string_view> texts(const std::vector<List>& lists, TenantId tenant) const;

  base::StringTable ids_;                            // TenantId is the number here
  base::StringTable names_;                          // attribute names
  std::vector<std::vector<std::uint32_t>> columns_;  // [name][tenant] -> number in values_, or none
  base::StringTable values_;
  std::vector<List> tags_;    // sorted by tenant, as tenants come in order
  std::vector<List> assets_;  // likewise
};

}  // namespace cachewitness::manifest
