// What a check of the user's said (contract section 6), from its output and exit code to a CheckOutcome.
// Forgiving of nothing: whatever is not a well-formed pass, is no pass. Running the check is the app's affair.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "evidence/run_header.h"
#include "manifest/manifest.h"

namespace cachewitness::evidence {

inline constexpr std::string_view check_schema_name = "cachewitness.check/v1";
inline constexpr std::size_t max_check_answer_bytes = std::size_t{4} << 20;
inline constexpr std::size_t max_check_findings = 100;  // kept; the rest are counted
inline constexpr std::size_t max_check_metrics = 100;
inline constexpr std::size_t max_check_detail_bytes = 4096;

// How a check's process ended.
struct CheckExit {
  enum class How : std::uint8_t { exited, broken_off, not_started };
  How how = How::exited;
  int code = 0;             // of `exited`
  std::string_view reason;  // of the others: what follows "the check", and "could not be started:"
};

// Fills `status`, `detail`, `parity_score`, `findings` and `metrics`; name, argv and duration are the caller's.
[[nodiscard]] CheckOutcome parse_check_answer(manifest::Check::Answer answer, const CheckExit& exit,
                                              std::string_view output);

}  // namespace cachewitness::evidence
