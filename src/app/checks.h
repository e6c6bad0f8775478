// The user's own checks: programs that read the evidence and answer (docs/checks.md).
#pragma once

#include <string>

#include "app/ports.h"
#include "evidence/run_header.h"
#include "manifest/manifest.h"

namespace cachewitness::app {

// What a check may look at. An empty path is told as null.
struct CheckInput {
  std::string evidence_path;
  std::string report_path;
  std::string folder;        // where the check runs
  std::string environments;  // "staging,production"
};

// Runs one check to its end. Whatever goes wrong with it is a failed check, never a pass.
[[nodiscard]] evidence::CheckOutcome run_check(const Ports& ports, const manifest::Check& check,
                                               const evidence::RunHeader& header, const CheckInput& input);

}  // namespace cachewitness::app
