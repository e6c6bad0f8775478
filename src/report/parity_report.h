// Rendering of a comparison of environments: JSON, text, JUnit, GitHub annotations, HTML. As report.h: strings out,
// the same bytes for the same input, and nothing of an edge unescaped.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "evidence/run_header.h"
#include "parity/comparison.h"
#include "report/report.h"

namespace cachewitness::report {

inline constexpr std::string_view parity_schema_name = "cachewitness.parity/v1";

// Borrowed for the call.
struct ParityRun {
  const evidence::RunHeader& header;
  const evidence::RunFooter& footer;
  const parity::Comparison& comparison;
  const std::optional<parity::Drift>& drift;
};

// One line: "SUCCESS - dev, staging and production agree in 61,000 cells.", "FAILURE - 3 differences ...",
// "INCONCLUSIVE - ...".
[[nodiscard]] std::string parity_outcome(const ParityRun& run);

[[nodiscard]] std::string render_parity_json(const ParityRun& run);
[[nodiscard]] std::string render_parity_text(const ParityRun& run, const TextStyle& style,
                                             std::string_view report_path);
// A test case a finding and one for the gate; waived findings are skipped.
[[nodiscard]] std::string render_parity_junit(const ParityRun& run);
[[nodiscard]] std::string render_parity_github(const ParityRun& run);
[[nodiscard]] std::string render_parity_html(const ParityRun& run);

// What drift is told from. errors::bad_evidence where the text is no report of `parity`.
[[nodiscard]] base::Result<parity::EarlierReport> read_parity_report(std::string_view json);

}  // namespace cachewitness::report
