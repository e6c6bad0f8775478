// LeakBook: what leak checks saw, by the cell that they were made for. Small beside the notebook: such probes are slow
// on purpose.
#pragma once

#include <map>
#include <span>
#include <string_view>
#include <vector>

#include "evidence/run_header.h"
#include "verdict/leak_sighting.h"

namespace cachewitness::verdict {

class LeakBook {
 public:
  // Requires: both outlive it; the roster may grow.
  LeakBook(const evidence::RunHeader& header, const evidence::Roster& roster) : header_(header), roster_(roster) {}

  // Steps of leak checks; of ordinary probes those whose answer names another tenant than its own.
  void add(const evidence::Evidence& evidence);

  // Of one cell, by the prober's clock: an order that does not depend on arrival. Empty where nothing was seen.
  [[nodiscard]] std::span<const LeakSighting> of(const evidence::Cell& cell) const;
  [[nodiscard]] const std::map<evidence::Cell, std::vector<LeakSighting>>& cells() const { return cells_; }
  // Whether the run has seen anything of a tenant of that id.
  [[nodiscard]] bool is_tenant(std::string_view id) const;
  [[nodiscard]] std::string_view name_of(evidence::TenantId tenant) const { return roster_.tenant(tenant); }

 private:
  [[nodiscard]] LeakSighting read(const evidence::Evidence& evidence) const;
  [[nodiscard]] bool names_another_tenant(const evidence::Evidence& evidence) const;

  const evidence::RunHeader& header_;
  const evidence::Roster& roster_;
  std::map<evidence::Cell, std::vector<LeakSighting>> cells_;
  std::vector<bool> is_seen_;  // by TenantId; what offline judging knows too
};

}  // namespace cachewitness::verdict
