// Catalogue: what the lab's fictitious shop serves: which tenants exist, which assets each of them has, and
// which of them a request asks for. Knows nothing of releases, caches or sockets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace cachewitness::lab {

// One asset of one tenant, as indexes into the catalogue.
struct Subject {
  std::uint32_t tenant = 0;
  std::uint32_t asset = 0;

  friend bool operator==(const Subject&, const Subject&) = default;
};

// Lets a map with string keys be asked with a string_view, without a copy a lookup.
struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
};
using TextIndex = std::unordered_map<std::string, std::uint32_t, TextHash, std::equal_to<>>;

class Catalogue {
 public:
  // Requires: no name appears twice; every asset starts with '/'.
  Catalogue(std::vector<std::string> tenants, std::vector<std::string> assets);

  [[nodiscard]] const std::vector<std::string>& tenants() const { return tenants_; }
  [[nodiscard]] const std::vector<std::string>& assets() const { return assets_; }
  [[nodiscard]] std::optional<std::uint32_t> find_tenant(std::string_view name) const;

  // Both layouts that a manifest can write: "/{tenant}{asset}" at any host, and {asset} at a host whose
  // first label is the tenant. A query that is part of no asset's name changes nothing. Nothing where the shop has no
  // such page.
  [[nodiscard]] std::optional<Subject> find(std::string_view host, std::string_view target) const;
  // "/tenant-abc/asset.js".
  [[nodiscard]] std::string target(Subject subject) const;

 private:
  [[nodiscard]] std::optional<std::uint32_t> find_asset(std::string_view target) const;

  std::vector<std::string> tenants_;
  std::vector<std::string> assets_;
  TextIndex tenant_index_;
  TextIndex asset_index_;
};

// `count` different ids such as "tenant-abc", the same ones every time; the story's own come first:
// tenant-abc, tenant-xyz, tenant-pqr, tenant-lmn.
[[nodiscard]] std::vector<std::string> tenant_names(std::size_t count);

}  // namespace cachewitness::lab
