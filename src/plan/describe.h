// A plan in words and as JSON, for `manifest plan` and `--dry-run`: what would be sent, to whom, how long
// it takes at least. Sends nothing.
#pragma once

#include <string>

#include "plan/plan.h"

namespace cachewitness::plan {

// For people: several lines, each with its line feed.
[[nodiscard]] std::string describe(const Plan& plan);
// `cachewitness.plan/v1`: the same facts, indented, with a final line feed.
[[nodiscard]] std::string describe_json(const Plan& plan);

}  // namespace cachewitness::plan
