#include "skill/graph.h"

#include <algorithm>

namespace cachewitness::skill {

namespace {

// From any step that was never reached, following needs that were not either comes round again.
std::vector<std::size_t> find_cycle(const Needs& needs, const std::vector<bool>& is_placed) {
  std::vector<std::size_t> path;
  auto here = static_cast<std::size_t>(std::ranges::find(is_placed, false) - is_placed.begin());
  while (true) {
    const auto seen = std::ranges::find(path, here);
    if (seen != path.end()) {
      path.erase(path.begin(), seen);
      return path;
    }
    path.push_back(here);
    here = *std::ranges::find_if(needs[here], [&](std::size_t need) { return !is_placed[need]; });
  }
}

}  // namespace

std::expected<Graph, std::vector<std::size_t>> make_graph(const Needs& needs) {
  Graph graph;
  graph.ancestors.assign(needs.size(), std::vector<bool>(needs.size()));
  std::vector<bool> is_placed(needs.size());
  while (graph.order.size() < needs.size()) {
    std::size_t next = 0;
    const auto is_ready = [&](std::size_t i) {
      return !is_placed[i] && std::ranges::all_of(needs[i], [&](std::size_t need) { return is_placed[need]; });
    };
    while (next < needs.size() && !is_ready(next)) {
      ++next;
    }
    if (next == needs.size()) {
      return std::unexpected(find_cycle(needs, is_placed));
    }
    is_placed[next] = true;
    graph.order.push_back(next);
    for (const std::size_t need : needs[next]) {
      graph.ancestors[next][need] = true;
      for (std::size_t i = 0; i < needs.size(); ++i) {
        graph.ancestors[next][i] = graph.ancestors[next][i] || graph.ancestors[need][i];
      }
    }
  }
  return graph;
}

}  // namespace cachewitness::skill
