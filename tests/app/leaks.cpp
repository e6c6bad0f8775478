#include "app/leaks.h"

#include "lab/lab_manifest.h"

namespace cachewitness {

void ask_for_leak_checks(testing::MemoryFleet& fleet) {
  std::string csv = "id,tags\n";
  int row = 0;
  for (const std::string& tenant : fleet.lab().directory().tenants) {
    csv += tenant + (row++ < 2 ? ",leak-checks\n" : ",\n");
  }
  fleet.files.contents["tenants.csv"] = csv;
  fleet.files.contents["cachewitness.yaml"] +=
      "leaks:\n"
      "  per_edge_rps: 100  # of leak checks\n"
      "  cross_tenant: {marker: {body: \"/* {tenant.id}/\"}}\n"
      "  poisoning: {}\n"
      "  deception:\n"
      "    paths: [\"/account/{buster}.css\"]\n"
      "    headers: {cookie: {env: LAB_ACCOUNT}}\n"
      "    private: Signed in as the test account\n";
  fleet.environment.variables["LAB_ACCOUNT"] = "session=of-the-test-account";
}

std::string lab_tenants_without_tags(testing::MemoryFleet& fleet) { return lab::tenants_csv(fleet.lab().directory()); }

}  // namespace cachewitness
