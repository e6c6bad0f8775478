#include "verdict/conclusion.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "verdict/gate.h"

namespace cachewitness::verdict {

namespace {

bool is_blamed(State state) { return state == State::stale || state == State::mismatch || state == State::leak; }

// Ids of tenants as sorted names, each once.
class TenantNames {
 public:
  explicit TenantNames(const evidence::Roster& roster) : roster_(roster), is_in_(roster.tenants.size()) {}

  void add(evidence::TenantId tenant) { is_in_.at(tenant.index()) = true; }
  [[nodiscard]] bool has(evidence::TenantId tenant) const { return is_in_.at(tenant.index()); }
  [[nodiscard]] std::vector<std::string> names_without(const TenantNames* other) const {
    std::vector<std::string> names;
    for (std::uint32_t i = 0; i < is_in_.size(); ++i) {
      const evidence::TenantId tenant{i};
      if (has(tenant) && (other == nullptr || !other->has(tenant))) {
        names.emplace_back(roster_.tenant(tenant));
      }
    }
    std::ranges::sort(names);
    return names;
  }

 private:
  const evidence::Roster& roster_;
  std::vector<bool> is_in_;
};

}  // namespace

void conclude(Judgement& judgement, const evidence::RunHeader& header, const evidence::Roster& roster,
              const evidence::RunFooter& footer) {
  TenantNames affected(roster);
  TenantNames unsure(roster);
  std::uint64_t blamed = 0;     // stale, mismatch and leak, not waived
  std::uint64_t leaking = 0;    // subset of blamed
  std::uint64_t unsettled = 0;  // error and inconclusive, not waived
  std::uint64_t tolerated = 0;  // stale, mismatch and leak, waived
  for (const Verdict& finding : judgement.findings) {
    if (finding.is_waived) {
      tolerated += is_blamed(finding.state) ? 1 : 0;
      continue;
    }
    ++(is_blamed(finding.state) ? blamed : unsettled);
    leaking += finding.state == State::leak ? 1 : 0;
    (is_blamed(finding.state) ? affected : unsure).add(finding.cell.tenant);
  }
  judgement.affected_tenants = affected.names_without(nullptr);
  judgement.unsure_tenants = unsure.names_without(&affected);
  const std::uint64_t good = judgement.cells.fresh + tolerated;
  const std::uint64_t compared = good + blamed;
  judgement.parity_score = compared == 0 ? 1.0 : static_cast<double>(good) / static_cast<double>(compared);
  judgement.gate = judge_gate({judgement.cells, judgement.parity_score, blamed, unsettled, leaking,
                               header.planned_cells + judgement.unplanned_cells},
                              header.gate, footer);
}

void sort_findings(std::vector<Verdict>& findings, const evidence::Roster& roster) {
  const auto key = [&roster](const Verdict& finding) {
    const evidence::Cell& cell = finding.cell;
    return std::tuple<std::string_view, evidence::EdgeId, std::string_view, std::string_view, std::string_view>(
        roster.edge(cell.edge).environment, cell.edge, roster.tenant(cell.tenant), roster.asset(cell.asset),
        roster.variant(cell.variant));
  };
  std::ranges::sort(findings, {}, key);
}

}  // namespace cachewitness::verdict
