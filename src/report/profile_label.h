// How an edge behaves, in a line for a person.
#pragma once

#include <string>

#include "evidence/roster.h"
#include "verdict/edge_profile.h"
#include "verdict/judgement.h"

namespace cachewitness::report {

// "fastly, Date preserved, Age on hits, 3 nodes at AMS, FRA, clock 37 m 00 s ahead"; what is not known is left out.
// Through base::printable.
[[nodiscard]] std::string profile_label(const verdict::EdgeProfile& profile);

// "had one of 8 servers been stale, it would have been seen with probability 95.3%": of an address that hides several.
// Empty where it does not, or where that is not known.
[[nodiscard]] std::string power_label(const verdict::EdgeSummary& edge, const evidence::EdgeEntry& entry);

}  // namespace cachewitness::report
