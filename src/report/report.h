// Rendering: a Judgement and its run to JSON, text, JUnit. Strings out; no I/O.
#pragma once

#include <string>

#include "evidence/run_header.h"
#include "verdict/judgement.h"

namespace cachewitness::report {

// Everything a report is made of. Borrowed for the call.
struct Run {
  const evidence::RunHeader& header;
  const evidence::RunFooter& footer;
  const evidence::Roster& roster;
  const verdict::Judgement& judgement;
};

// `cachewitness.report/v1`, indented, keys in the contract's order, one final line feed.
[[nodiscard]] std::string render_json(const Run& run);
// "PARTIAL_SUCCESS - 844/847 tenants verified. Flagged 3 for retry."
[[nodiscard]] std::string outcome(const Run& run);

}  // namespace cachewitness::report
