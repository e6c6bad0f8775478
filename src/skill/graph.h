// The order of steps by what each needs, and who stands before whom.
#pragma once

#include <cstddef>
#include <expected>
#include <vector>

namespace cachewitness::skill {

// needs[i] = the steps that step i needs.
using Needs = std::vector<std::vector<std::size_t>>;

struct Graph {
  std::vector<std::size_t> order;            // each after all that it needs; otherwise as written
  std::vector<std::vector<bool>> ancestors;  // ancestors[i][j]: i needs j, or needs one that does
};

// The error is a cycle, in its order: each needs the next, and the last one the first.
[[nodiscard]] std::expected<Graph, std::vector<std::size_t>> make_graph(const Needs& needs);

}  // namespace cachewitness::skill
