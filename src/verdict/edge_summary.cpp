#include "verdict/edge_summary.h"

#include <algorithm>
#include <cmath>

namespace cachewitness::verdict {

namespace {

struct Samples {
  std::vector<base::Duration> latencies;
  std::vector<std::uint64_t> connections;
};

// The nearest-rank percentile: a latency that was really measured.
base::Duration percentile(const std::vector<base::Duration>& sorted, double share) {
  if (sorted.empty()) {
    return {};
  }
  const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(sorted.size())));
  return sorted[std::max<std::size_t>(rank, 1) - 1];
}

}  // namespace

std::vector<EdgeSummary> summarize_edges(const Books& books) {
  std::vector<EdgeSummary> edges(books.roster().edges.size());
  std::vector<Samples> samples(edges.size());
  for (std::uint32_t i = 0; i < books.notebook().size(); ++i) {
    const Sighting& sighting = books.notebook().at(i);
    if (sighting.role != evidence::Role::probe) {
      continue;
    }
    const std::size_t edge = sighting.cell.edge.index();
    ++edges[edge].probes;
    if (sighting.is_answer()) {
      samples[edge].latencies.push_back(sighting.round_trip());
      samples[edge].connections.push_back(sighting.connection);
    }
  }
  for (std::size_t edge = 0; edge < edges.size(); ++edge) {
    auto& [latencies, connections] = samples[edge];
    std::ranges::sort(latencies);
    std::ranges::sort(connections);
    const auto repeated = std::ranges::unique(connections);
    edges[edge].edge = evidence::EdgeId{static_cast<std::uint32_t>(edge)};
    edges[edge].p50 = percentile(latencies, 0.5);
    edges[edge].p99 = percentile(latencies, 0.99);
    edges[edge].connections_seen = static_cast<std::uint32_t>(connections.size() - repeated.size());
  }
  return edges;
}

}  // namespace cachewitness::verdict
