#include "app/checks.h"

#include "app/child_environment.h"
#include "app/program_end.h"
#include "base/json_writer.h"
#include "evidence/check_answer.h"

namespace cachewitness::app {

namespace {

void write_path(base::JsonWriter& json, std::string_view name, const std::string& path) {
  json.key(name);
  if (path.empty()) {
    json.value(nullptr);
  } else {
    json.value(path);
  }
}

std::string input_text(const evidence::RunHeader& header, const CheckInput& input) {
  std::string text;
  base::JsonWriter json(text, base::JsonWriter::Layout::compact);
  json.begin_object();
  json.member("schema", evidence::check_schema_name);
  json.member("run_id", header.run_id);
  write_path(json, "evidence", input.evidence_path);
  write_path(json, "report", input.report_path);
  json.member("environment", input.environments);
  json.begin_object("purge");
  if (header.purge.is_known) {
    json.member("requested_at", base::rfc3339(header.purge.requested_at, 9));
    json.member("acknowledged_at", base::rfc3339(header.purge.acknowledged_at, 9));
  } else {
    json.member("requested_at", nullptr);
    json.member("acknowledged_at", nullptr);
  }
  json.end_object();
  json.end_object();
  text += '\n';
  return text;
}

ports::ProcessSpec process_of(const Ports& ports, const manifest::Check& check, const std::string& folder) {
  ports::ProcessSpec spec;
  spec.argv = check.argv;
  spec.working_directory = folder;
  spec.timeout = check.timeout;
  spec.max_output_bytes = evidence::max_check_answer_bytes;
  if (check.answer == manifest::Check::Answer::json) {
    spec.overflow = ports::ProcessSpec::Overflow::stop;  // half an answer is none
  }
  spec.environment = child_environment(ports.environment, check.environment);
  return spec;
}

}  // namespace

evidence::CheckOutcome run_check(const Ports& ports, const manifest::Check& check, const evidence::RunHeader& header,
                                 const CheckInput& input) {
  ports::ProcessSpec spec = process_of(ports, check, input.folder);
  spec.input = input_text(header, input);
  const base::Tick started = ports.clock.tick();
  auto ended = ports.processes.run(spec);
  evidence::CheckOutcome outcome;
  if (ended) {
    const std::string how = how_it_ended(spec, *ended);
    outcome = evidence::parse_check_answer(check.answer, exit_of(*ended, how), ended->output);
    if (outcome.status == evidence::CheckOutcome::Status::fail) {
      outcome.detail += last_words(*ended);
    }
  } else {
    const std::string reason = ended.error().message;
    outcome = evidence::parse_check_answer(check.answer, {evidence::CheckExit::How::not_started, 0, reason}, {});
  }
  outcome.name = check.name;
  outcome.argv = check.argv;
  outcome.duration = ports.clock.tick() - started;
  return outcome;
}

}  // namespace cachewitness::app
