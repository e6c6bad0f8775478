// What the closed loop came to, as every report tells it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "report/report.h"

namespace cachewitness::report {

struct LoopStory {
  std::vector<std::string> rounds;  // one line each
  // "3 tenants require manual invalidation (its 2 rounds are over)"; what there was to do where no one is left.
  std::string left;
  std::vector<evidence::ManualPurge> manual;
  bool is_healed = true;  // nobody is left
};

// Requires: the judgement has a loop.
[[nodiscard]] LoopStory tell_loop(const Run& run);

// Cells that the round healed, and the tenants of which nothing was left to heal after it; sorted.
[[nodiscard]] std::uint64_t healed_cells(const Run& run, std::uint16_t round);
[[nodiscard]] std::vector<std::string> healed_tenants(const Run& run, std::uint16_t round);

}  // namespace cachewitness::report
