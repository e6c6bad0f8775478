#include "manifest/parse_manifest.h"

#include <algorithm>
#include <utility>

#include "manifest/bind.h"
#include "manifest/check_manifest.h"
#include "manifest/fault_ids.h"
#include "manifest/inline_tenant.h"
#include "manifest/tenant_intake.h"
#include "manifest/yaml_tree.h"

namespace cachewitness::manifest {

namespace {

TenantRow row_of(const InlineTenant& tenant) {
  TenantRow row;
  row.id = tenant.id;
  if (!tenant.host.empty()) {
    row.attributes.push_back({"host", tenant.host});
  }
  for (const auto& [name, value] : tenant.attributes) {
    row.attributes.push_back({name, value});
  }
  row.tags.assign(tenant.tags.begin(), tenant.tags.end());
  row.assets.assign(tenant.assets.begin(), tenant.assets.end());
  return row;
}

// Only now, as what a tenant must have follows from the environments.
void take_inline_tenants(Manifest& manifest, Binder& binder) {
  TenantIntake intake(manifest, binder.faults());
  for (const YamlNode* node : binder.inline_tenants) {
    InlineTenant tenant;
    binder.bind_table(inline_tenant_table(), *node, &tenant);
    if (!tenant.id.empty()) {  // otherwise told already
      intake.take(row_of(tenant), node->line, node->column);
    }
  }
}

}  // namespace

std::expected<Manifest, base::Errors> parse_manifest(std::string_view text, const std::string& path,
                                                     const Features& features) {
  const auto root = parse_yaml(text, path);
  if (!root) {
    return std::unexpected(root.error());
  }
  Binder binder(path);
  Manifest manifest;
  manifest.path = path;
  if (root->kind != YamlNode::Kind::mapping) {
    binder.fault(faults::wrong_type,
                 "expected a table of keys that starts with \"version: 1\", found " + found_phrase(*root), *root);
    return std::unexpected(binder.faults().take());
  }
  binder.bind_table(manifest_table(), *root, &manifest);
  if (manifest.variants.empty()) {
    manifest.variants.push_back({"identity", {}});
  }
  check_manifest(manifest, *root, features, binder);
  take_inline_tenants(manifest, binder);
  if (!binder.faults().empty()) {
    return std::unexpected(binder.faults().take());
  }
  return manifest;
}

}  // namespace cachewitness::manifest
