// `judge`: the verdicts of saved evidence, the same bytes as the run's own report. No network.
#pragma once

#include <memory>
#include <string>

#include "app/evidence_input.h"
#include "app/options.h"
#include "app/ports.h"
#include "base/result.h"
#include "report/report.h"
#include "verdict/judgement.h"

namespace cachewitness::app {

// The file's header, footer and roster, and the verdicts on what lies between.
struct JudgedEvidence {
  std::unique_ptr<EvidenceInput> input;
  verdict::Judgement judgement;

  // Borrows this value.
  [[nodiscard]] report::Run run() const { return {input->header(), input->footer(), input->roster(), judgement}; }
};
// errors::bad_evidence for a file that is none, that is damaged, or that some other command wrote.
[[nodiscard]] base::Result<JudgedEvidence> judge_file(ports::Files& files, const std::string& path);

// Returns the exit code.
int run_judge(const Ports& ports, const JudgeOptions& options);

}  // namespace cachewitness::app
