#include "app/judge_command.h"

#include <utility>

#include "app/diagnostics.h"
#include "app/publish.h"
#include "verdict/loop_judge.h"

namespace cachewitness::app {

base::Result<JudgedEvidence> judge_file(ports::Files& files, const std::string& path) {
  auto input = EvidenceInput::open(files, path);
  if (!input) {
    return std::unexpected(std::move(input).error());
  }
  EvidenceInput& file = **input;
  if (file.header().purpose == evidence::Purpose::parity) {
    return base::fail(base::errors::bad_evidence,
                      "this is the evidence of a comparison, which holds no purge to judge; give it to `parity --from`",
                      base::SourceSpan{path, 1, 1});
  }
  if (file.header().purpose != evidence::Purpose::verify) {
    return base::fail(base::errors::bad_evidence,
                      "this is a baseline of `arm`, which holds nothing to judge; give the evidence that "
                      "`verify --evidence` kept",
                      base::SourceSpan{path, 1, 1});
  }
  verdict::LoopJudge judge(file.header(), file.roster());
  if (auto read = file.read_all([&judge](const evidence::Evidence& evidence) { judge.add(evidence); },
                                [&judge](const evidence::Round& round) { judge.begin_round(round); });
      !read) {
    return std::unexpected(std::move(read).error());
  }
  verdict::Judgement judgement = judge.finish(file.footer());
  return JudgedEvidence{std::move(*input), std::move(judgement)};
}

int run_judge(const Ports& ports, const JudgeOptions& options) {
  const auto judged = judge_file(ports.files, options.evidence);
  if (!judged) {
    return report_error(ports, judged.error());
  }
  const report::Run run = judged->run();
  const Renderings renderings = renderings_of(run);
  const auto written = write_reports(ports, options.outputs, renderings);
  print_report(ports, options.common, options.outputs, renderings);
  return written ? static_cast<int>(judged->judgement.gate.exit_code) : report_error(ports, written.error());
}

}  // namespace cachewitness::app
