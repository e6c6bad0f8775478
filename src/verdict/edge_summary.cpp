#include "verdict/edge_summary.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <span>

#include "verdict/rank_search.h"

namespace cachewitness::verdict {

namespace {

// Different connections among many that repeat.
class ConnectionSet {
 public:
  ConnectionSet() {
    for (std::size_t i = 0; i < recent_.size(); ++i) {
      recent_[i] = i + 1;  // belongs elsewhere, so it stands for none
    }
  }

  void add(std::uint64_t connection) {
    std::uint64_t& recent = recent_[connection % recent_.size()];
    if (recent == connection) {
      return;
    }
    recent = connection;
    seen_.push_back(connection);
    if (seen_.size() >= limit_) {
      limit_ = std::max(limit_, 2 * count());
    }
  }
  std::size_t count() {
    std::ranges::sort(seen_);
    const auto repeated = std::ranges::unique(seen_);
    seen_.erase(repeated.begin(), repeated.end());
    return seen_.size();
  }

 private:
  std::array<std::uint64_t, 64> recent_{};
  std::vector<std::uint64_t> seen_;
  std::size_t limit_ = 4096;  // where repetitions are weeded out
};

struct Samples {
  std::uint64_t answers = 0;
  std::int64_t least = std::numeric_limits<std::int64_t>::max();
  std::int64_t greatest = std::numeric_limits<std::int64_t>::min();
  ConnectionSet connections;
};

// The nearest-rank percentile: a latency that was really measured.
RankSearch percentile(const Samples& samples, double share) {
  if (samples.answers == 0) {
    return {0, 0, 0};
  }
  const auto rank = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(samples.answers)));
  return {samples.least, samples.greatest, std::max<std::uint64_t>(rank, 1) - 1};
}

// Latencies are read anew each round rather than kept: of ten million probes they would be 80 MB.
void search(const Notebook& notebook, std::vector<RankSearch>& by_edge) {
  while (!std::ranges::all_of(by_edge, &RankSearch::is_found)) {
    std::ranges::for_each(by_edge, &RankSearch::start_round);
    notebook.for_each_timing([&](std::span<const Notebook::Timing> timings) {
      for (const Notebook::Timing& timing : timings) {
        if (timing.is_answer) {
          by_edge[timing.edge.index() * 2].show(timing.took.count());
          by_edge[timing.edge.index() * 2 + 1].show(timing.took.count());
        }
      }
    });
    std::ranges::for_each(by_edge, &RankSearch::end_round);
  }
}

}  // namespace

std::vector<EdgeSummary> summarize_edges(const Books& books) {
  std::vector<EdgeSummary> edges(books.roster().edges.size());
  std::vector<Samples> samples(edges.size());
  books.notebook().for_each_timing([&](std::span<const Notebook::Timing> timings) {
    for (const Notebook::Timing& timing : timings) {
      ++edges[timing.edge.index()].probes;
      if (timing.is_answer) {
        Samples& own = samples[timing.edge.index()];
        ++own.answers;
        own.least = std::min(own.least, timing.took.count());
        own.greatest = std::max(own.greatest, timing.took.count());
        own.connections.add(timing.connection);
      }
    }
  });
  std::vector<RankSearch> searches;  // two an edge
  for (const Samples& own : samples) {
    searches.push_back(percentile(own, 0.5));
    searches.push_back(percentile(own, 0.99));
  }
  search(books.notebook(), searches);
  for (std::size_t edge = 0; edge < edges.size(); ++edge) {
    edges[edge].edge = evidence::EdgeId{static_cast<std::uint32_t>(edge)};
    edges[edge].p50 = base::Duration{searches[edge * 2].value()};
    edges[edge].p99 = base::Duration{searches[edge * 2 + 1].value()};
    edges[edge].profile = books.notebook().profile_of(edges[edge].edge);
    edges[edge].connections_seen = static_cast<std::uint32_t>(samples[edge].connections.count());
  }
  return edges;
}

}  // namespace cachewitness::verdict
