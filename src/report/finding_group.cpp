#include "report/finding_group.h"

#include <algorithm>
#include <map>
#include <tuple>

#include <fmt/format.h>

#include "base/text.h"

namespace cachewitness::report {

namespace {

int severity(verdict::State state) {
  switch (state) {
    case verdict::State::leak:
      return 0;
    case verdict::State::stale:
      return 1;
    case verdict::State::mismatch:
      return 2;
    case verdict::State::error:
      return 3;
    case verdict::State::inconclusive:
      return 4;
    case verdict::State::fresh:
      return 5;
  }
  return 5;
}

template <typename Name>
void sort_and_unique(std::vector<Name>& names) {
  std::ranges::sort(names);
  const auto rest = std::ranges::unique(names);
  names.erase(rest.begin(), rest.end());
}

template <typename Names>
std::string join_some(const Names& names, std::size_t most) {
  std::string text;
  const std::size_t shown = std::min(names.size(), most);
  for (std::size_t i = 0; i < shown; ++i) {
    text += (i == 0 ? "" : ", ") + base::printable(names[i], 120);
  }
  return names.size() > shown ? fmt::format("{} and {} more", text, base::grouped(names.size() - shown)) : text;
}

}  // namespace

std::vector<FindingGroup> group_findings(const Run& run) {
  using Key = std::tuple<bool, int, verdict::Cause, std::string_view>;
  std::map<Key, FindingGroup> groups;
  std::map<const FindingGroup*, evidence::EdgeId> last_edges;
  for (const verdict::Verdict& finding : run.judgement.findings) {
    FindingGroup& group =
        groups[Key{finding.is_waived, severity(finding.state), finding.cause, std::string_view(finding.header)}];
    if (group.example == nullptr || finding.confidence > group.example->confidence) {
      group.example = &finding;
    }
    group.state = finding.state;
    group.cause = finding.cause;
    group.header = finding.header;
    group.is_waived = finding.is_waived;
    ++group.cells;
    group.tenants.push_back(run.roster.tenant(finding.cell.tenant));
    group.assets.push_back(run.roster.asset(finding.cell.asset));
    if (run.roster.variants.size() > 1) {
      group.variants.push_back(run.roster.variant(finding.cell.variant));
    }
    // Findings come sorted by edge, so that comparing with the last one is enough.
    evidence::EdgeId& last = last_edges[&group];
    if (last != finding.cell.edge) {
      last = finding.cell.edge;
      group.edges.push_back(edge_label(run.roster, last));
    }
  }
  std::vector<FindingGroup> sorted;
  for (auto& [key, group] : groups) {
    sort_and_unique(group.tenants);
    sort_and_unique(group.assets);
    sort_and_unique(group.variants);
    sorted.push_back(std::move(group));
  }
  std::ranges::sort(sorted, [](const FindingGroup& a, const FindingGroup& b) {
    return std::tuple(a.is_waived, severity(a.state), b.cells, a.cause, std::string_view(a.header)) <
           std::tuple(b.is_waived, severity(b.state), a.cells, b.cause, std::string_view(b.header));
  });
  return sorted;
}

std::string listed(const std::vector<std::string>& names, std::size_t most) { return join_some(names, most); }
std::string listed(const std::vector<std::string_view>& names, std::size_t most) { return join_some(names, most); }

std::string edge_label(const evidence::Roster& roster, evidence::EdgeId edge) {
  const evidence::EdgeEntry& entry = roster.edge(edge);
  const bool is_alone = std::ranges::all_of(
      roster.edges, [&](const evidence::EdgeEntry& other) { return other.environment == entry.environment; });
  const std::string place = entry.region + "/" + entry.name;
  return is_alone ? place : entry.environment + "/" + place;
}

std::string tenants_of(const FindingGroup& group, const Run& run, std::size_t most) {
  const bool is_each = group.tenants.size() == run.judgement.tenants && group.tenants.size() > most;
  return is_each ? fmt::format("all {}", base::grouped(group.tenants.size())) : listed(group.tenants, most);
}

std::string example_label(const evidence::Roster& roster, const verdict::Verdict& example) {
  const std::string variant =
      roster.variants.size() > 1 ? fmt::format(" ({})", base::printable(roster.variant(example.cell.variant), 60)) : "";
  return fmt::format("{}{} at {}", base::printable(example.url, 300), variant,
                     base::printable(edge_label(roster, example.cell.edge), 120));
}

std::string latency(const verdict::EdgeSummary& edge, base::Duration percentile) {
  const bool has_answers = edge.p99 > base::Duration::zero();
  return has_answers ? base::human(percentile) : "-";
}

std::vector<std::string> untold_reasons(const Run& run) {
  const std::string told = outcome(run);
  std::vector<std::string> untold;
  for (const std::string& reason : run.judgement.gate.reasons) {
    std::string text = base::printable(reason, 300);
    text += text.ends_with('.') ? "" : ".";
    if (!told.contains(text)) {
      untold.push_back(std::move(text));
    }
  }
  return untold;
}

std::string counted(std::uint64_t count, std::string_view one) {
  return fmt::format("{} {}{}", base::grouped(count), one, count == 1 ? "" : "s");
}

}  // namespace cachewitness::report
