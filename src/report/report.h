// Rendering: a Judgement and its run to JSON, text, JUnit, GitHub annotations, HTML. Strings out; no I/O, no
// clock: the same input gives the same bytes. What an edge sent never leaves here unescaped.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "evidence/run_header.h"
#include "verdict/judgement.h"

namespace cachewitness::report {

inline constexpr std::string_view schema_name = "cachewitness.report/v1";

// Everything a report is made of. Borrowed for the call.
struct Run {
  const evidence::RunHeader& header;
  const evidence::RunFooter& footer;
  const evidence::Roster& roster;
  const verdict::Judgement& judgement;
};

// total = verified + flagged + those that an incomplete run never came to.
struct TenantCounts {
  std::uint64_t total = 0;     // planned
  std::uint64_t verified = 0;  // every cell seen was fresh or waived
  std::uint64_t flagged = 0;   // has a cell that is stale, a mismatch or a leak, or that could not be judged
};
[[nodiscard]] TenantCounts count_tenants(const Run& run);

// The environments of the run, comma-separated, in the manifest's order.
[[nodiscard]] std::string environments(const Run& run);

// One line; the first that applies:
//   INCONCLUSIVE      no cell was judged, the gate could not say either way, or the run was cut short unflagged
//   FAILURE           a leak, a run cut short by a finding, nothing verified, or a gate that failed although no
//                     tenant is flagged (a check, the parity, the grade)
//   PARTIAL_SUCCESS   "844/847 tenants verified. Flagged 3 for retry.", whether the gate tolerates the 3 or not
//   SUCCESS           "847/847 tenants verified."
[[nodiscard]] std::string outcome(const Run& run);

// `cachewitness.report/v1`, indented, keys in the order of the schema, one final line feed.
[[nodiscard]] std::string render_json(const Run& run);

struct TextStyle {
  bool color = false;
  int width = 100;  // columns
  bool verbose = false;
};
// The terminal summary: outcome, origins, what is wrong and what to do about it, counts, where the report
// lies (`report_path`, empty = nowhere).
[[nodiscard]] std::string render_text(const Run& run, const TextStyle& style, std::string_view report_path);

// A testsuite an edge, one for the checks and one for the gate. A failure is a finding, an error a cell that
// could not be reached, skipped what is waived or inconclusive; the gate's own test case fails the build.
[[nodiscard]] std::string render_junit(const Run& run);

// GitHub workflow commands, at most ten, grouped by cause.
[[nodiscard]] std::string render_github(const Run& run);

// One file without scripts or external loads, for browsers from a phone up.
[[nodiscard]] std::string render_html(const Run& run);

}  // namespace cachewitness::report
