// From the house's own values to those of the public headers, which know none of ours.
#pragma once

#include <vector>

#include "base/error.h"
#include "cachewitness/report.h"
#include "report/report.h"

namespace cachewitness::library {

[[nodiscard]] Errors public_errors(const base::Errors& errors);
// All but `warnings`, `unwritten` and `exit_code`, which is the gate's.
[[nodiscard]] Report public_report(const report::Run& run);

[[nodiscard]] base::Instant instant(TimePoint when);

}  // namespace cachewitness::library
