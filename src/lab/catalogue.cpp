#include "lab/catalogue.h"

#include <algorithm>
#include <array>

#include "base/assert.h"

namespace cachewitness::lab {

namespace {

constexpr std::array<std::string_view, 4> story_tenants = {"tenant-abc", "tenant-xyz", "tenant-pqr", "tenant-lmn"};

// The number in base 26, at least three letters: 0 is "aaa", 17576 is "baaa".
std::string letters(std::size_t number) {
  std::string text;
  do {
    text.push_back(static_cast<char>('a' + number % 26));
    number /= 26;
  } while (number != 0);
  text.resize(std::max<std::size_t>(text.size(), 3), 'a');
  std::reverse(text.begin(), text.end());
  return text;
}

std::optional<std::uint32_t> find_in(const TextIndex& index, std::string_view name) {
  const auto found = index.find(name);
  return found == index.end() ? std::nullopt : std::optional(found->second);
}

TextIndex index_of(const std::vector<std::string>& names) {
  TextIndex index;
  index.reserve(names.size());
  for (std::size_t i = 0; i < names.size(); ++i) {
    const bool is_new = index.emplace(names[i], static_cast<std::uint32_t>(i)).second;
    CW_ASSERT(is_new);
  }
  return index;
}

}  // namespace

Catalogue::Catalogue(std::vector<std::string> tenants, std::vector<std::string> assets)
    : tenants_(std::move(tenants)),
      assets_(std::move(assets)),
      tenant_index_(index_of(tenants_)),
      asset_index_(index_of(assets_)) {}

std::optional<std::uint32_t> Catalogue::find_tenant(std::string_view name) const {
  return find_in(tenant_index_, name);
}

std::optional<std::uint32_t> Catalogue::find_asset(std::string_view target) const {
  const auto asset = find_in(asset_index_, target);
  return asset ? asset : find_in(asset_index_, target.substr(0, target.find('?')));
}

std::optional<Subject> Catalogue::find(std::string_view host, std::string_view target) const {
  if (const std::size_t slash = target.find('/', 1); slash != std::string_view::npos) {
    const auto tenant = find_in(tenant_index_, target.substr(1, slash - 1));
    const auto asset = find_asset(target.substr(slash));
    if (tenant && asset) {
      return Subject{*tenant, *asset};
    }
  }
  const auto tenant = find_in(tenant_index_, host.substr(0, host.find('.')));
  const auto asset = find_asset(target);
  return tenant && asset ? std::optional(Subject{*tenant, *asset}) : std::nullopt;
}

std::string Catalogue::target(Subject subject) const { return "/" + tenants_[subject.tenant] + assets_[subject.asset]; }

std::vector<std::string> tenant_names(std::size_t count) {
  std::vector<std::string> names(story_tenants.begin(), story_tenants.begin() + static_cast<std::ptrdiff_t>(std::min(
                                                                                    count, story_tenants.size())));
  for (std::size_t number = 0; names.size() < count; ++number) {
    std::string name = "tenant-" + letters(number);
    if (std::find(story_tenants.begin(), story_tenants.end(), name) == story_tenants.end()) {
      names.push_back(std::move(name));
    }
  }
  return names;
}

}  // namespace cachewitness::lab
