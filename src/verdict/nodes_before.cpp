#include "verdict/nodes_before.h"

#include <algorithm>

namespace cachewitness::verdict {

void NodesBefore::add(std::uint32_t node) {
  ++answers_of_[node];
  ++answers_;
}

double NodesBefore::unseen_share() const {
  const auto once = std::ranges::count_if(answers_of_, [](const auto& entry) { return entry.second == 1; });
  return static_cast<double>(once + 1) / static_cast<double>(answers_ + 1);
}

}  // namespace cachewitness::verdict
