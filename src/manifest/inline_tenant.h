// A tenant as it stands in the manifest itself, before it is taken into the TenantTable.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "manifest/bind.h"

namespace cachewitness::manifest {

struct InlineTenant {
  std::string id;
  std::string host;
  std::vector<std::string> tags;
  std::vector<std::string> assets;
  std::vector<std::pair<std::string, std::string>> attributes;
};

[[nodiscard]] const Table& inline_tenant_table();

}  // namespace cachewitness::manifest
