// TenantIntake: lets tenants into a manifest's table, one at a time, and tells what is wrong with each:
// a bad or duplicate id, a bad host, a missing attribute that a URL needs, a URL that cannot be requested.
// Wherever tenants come from, they come through here.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "manifest/fault_list.h"
#include "manifest/manifest.h"

namespace cachewitness::manifest {

class TenantIntake {
 public:
  // Borrows both. The environments must be there already; the tenants go into `manifest.tenants`.
  TenantIntake(Manifest& manifest, FaultList& faults);

  // Line and column are the row's own.
  void take(const TenantRow& row, std::uint32_t line, std::uint32_t column = 1);

 private:
  // An attribute that a template refers to, and the first place that does.
  struct Needed {
    std::string name;
    std::string asked_by;
  };
  void need(const UrlTemplate& pattern, std::string_view environment, std::string_view key);
  [[nodiscard]] std::string row_fault(const TenantRow& row) const;
  [[nodiscard]] bool has_what_is_needed(const TenantRow& row, std::uint32_t line, std::uint32_t column);
  void check_urls(TenantId tenant, std::uint32_t line, std::uint32_t column);

  Manifest& manifest_;
  FaultList& faults_;
  std::vector<Needed> needed_;
  bool is_checking_urls_;             // not where the environments have faults: each would be told again a tenant
  std::vector<std::uint32_t> lines_;  // by TenantId, to name the first of two
  std::string url_;                   // of the tenant at hand; reused
};

}  // namespace cachewitness::manifest
