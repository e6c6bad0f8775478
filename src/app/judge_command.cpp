#include "app/judge_command.h"

#include "app/diagnostics.h"
#include "app/evidence_input.h"
#include "app/publish.h"
#include "verdict/judgement.h"

namespace cachewitness::app {

int run_judge(const Ports& ports, const JudgeOptions& options) {
  auto input = EvidenceInput::open(ports.files, options.evidence);
  if (!input) {
    return report_error(ports, input.error());
  }
  EvidenceInput& file = **input;
  if (file.header().purpose == evidence::Purpose::parity) {
    return report_error(ports, {base::errors::bad_evidence,
                                "this is the evidence of a comparison, which holds no purge to judge; give it to "
                                "`parity --from`",
                                base::SourceSpan{options.evidence, 1, 1}});
  }
  if (file.header().purpose != evidence::Purpose::verify) {
    return report_error(ports, {base::errors::bad_evidence,
                                "this is a baseline of `arm`, which holds nothing to judge; give the evidence that "
                                "`verify --evidence` kept",
                                base::SourceSpan{options.evidence, 1, 1}});
  }
  verdict::Judge judge(file.header(), file.roster());
  if (auto read = file.read_all([&judge](const evidence::Evidence& evidence) { judge.add(evidence); }); !read) {
    return report_error(ports, read.error());
  }
  const verdict::Judgement judgement = judge.finish(file.footer());
  const report::Run run{file.header(), file.footer(), file.roster(), judgement};
  const Renderings renderings = renderings_of(run);
  const auto written = write_reports(ports, options.outputs, renderings);
  print_report(ports, options.common, options.outputs, renderings);
  return written ? static_cast<int>(judgement.gate.exit_code) : report_error(ports, written.error());
}

}  // namespace cachewitness::app
