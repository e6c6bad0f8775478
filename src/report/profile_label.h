// How an edge behaves, in a line for a person.
#pragma once

#include <string>

#include "verdict/edge_profile.h"

namespace cachewitness::report {

// "fastly, Date preserved, Age on hits, 3 nodes at AMS, FRA, clock 37 m 00 s ahead"; what is not known is left out.
// Through base::printable.
[[nodiscard]] std::string profile_label(const verdict::EdgeProfile& profile);

}  // namespace cachewitness::report
