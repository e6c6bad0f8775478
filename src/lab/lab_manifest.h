// LabManifest: the running lab as a user would describe it: cachewitness.yaml and tenants.csv as text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lab/content.h"
#include "lab/directory.h"

namespace cachewitness::lab {

// How every manifest of a lab begins: by this it knows its own again.
inline constexpr std::string_view manifest_mark = "# Written by `cachewitness lab`";

struct LabManifestSettings {
  std::string tenants_file = "tenants.csv";  // as the manifest names it, next to itself
  std::vector<Coding> variants = all_codings();
  std::string ca_file;  // of edges that speak TLS; empty on plain TCP
};

[[nodiscard]] std::string manifest_yaml(const Directory& directory, const LabManifestSettings& settings);
[[nodiscard]] std::string tenants_csv(const Directory& directory);

}  // namespace cachewitness::lab
