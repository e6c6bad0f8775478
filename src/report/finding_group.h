// FindingGroup: findings of one cause told once. One wrong cause on forty edges is one thing to repair, and
// a tired person must see it as one. Shared by the text, GitHub and HTML renderings.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "report/report.h"

namespace cachewitness::report {

struct FindingGroup {
  verdict::State state = verdict::State::inconclusive;
  verdict::Cause cause = verdict::Cause::none;
  std::string header;  // of header-drift
  bool is_waived = false;
  std::uint64_t cells = 0;
  std::vector<std::string> edges;             // "us-west/us-west-1", in the report's order; not escaped
  std::vector<std::string_view> tenants;      // sorted; borrowed from the roster
  std::vector<std::string_view> assets;       // sorted; borrowed from the roster
  std::vector<std::string_view> variants;     // sorted; borrowed; empty where the run has but one
  const verdict::Verdict* example = nullptr;  // the most confident; the first of these
};

// Worst first: leak, stale, mismatch, error, inconclusive; what is waived after all others; more cells first.
[[nodiscard]] std::vector<FindingGroup> group_findings(const Run& run);

// "a, b, c and 37 more", each through base::printable.
[[nodiscard]] std::string listed(const std::vector<std::string>& names, std::size_t most);
[[nodiscard]] std::string listed(const std::vector<std::string_view>& names, std::size_t most);

// "us-west/us-west-1"; with the environment before it where the run has several.
[[nodiscard]] std::string edge_label(const evidence::Roster& roster, evidence::EdgeId edge);

// The group's tenants, listed; "all 400" where it is each one of more than `most`.
[[nodiscard]] std::string tenants_of(const FindingGroup& group, const Run& run, std::size_t most);

// The one cell that a group is told by: its URL, variant and edge. Through base::printable.
[[nodiscard]] std::string example_label(const evidence::Roster& roster, const verdict::Verdict& example);

// A percentile of an edge's latencies; "-" where nothing was answered, since 0 ms would be praise.
[[nodiscard]] std::string latency(const verdict::EdgeSummary& edge, base::Duration percentile);

// Why the gate did not pass, less what outcome() says already; each a sentence, through base::printable.
[[nodiscard]] std::vector<std::string> untold_reasons(const Run& run);

// "3 cells", "1 cell".
[[nodiscard]] std::string counted(std::uint64_t count, std::string_view one);

}  // namespace cachewitness::report
