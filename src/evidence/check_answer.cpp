#include "evidence/check_answer.h"

#include <cmath>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <simdjson.h>

#include "base/text.h"
#include "evidence/json_object.h"

namespace cachewitness::evidence {

namespace {

constexpr std::size_t max_depth = 12;

CheckOutcome failed(std::string detail) {
  CheckOutcome outcome;
  outcome.status = CheckOutcome::Status::fail;
  outcome.detail = std::move(detail);
  return outcome;
}

// The last line that is not blank, as scripts end with what matters.
std::string last_words(std::string_view output) {
  const std::string_view text = base::trim(output);
  const std::size_t line_feed = text.rfind('\n');
  return base::printable(line_feed == std::string_view::npos ? text : text.substr(line_feed + 1));
}

std::string how_it_ended(const CheckExit& exit, std::string_view output) {
  const std::string said = last_words(output);
  const std::string tail = said.empty() ? std::string() : fmt::format("; its last line: {}", said);
  switch (exit.how) {
    case CheckExit::How::exited:
      return fmt::format("the check exited with code {}{}", exit.code, tail);
    case CheckExit::How::broken_off:
      return fmt::format("the check {}{}", exit.reason, tail);
    case CheckExit::How::not_started:
      return fmt::format("the check could not be started: {}", base::printable(exit.reason));
  }
  return "the check failed";
}

std::optional<CheckOutcome::Status> find_status(std::string_view word) {
  for (const auto status : {CheckOutcome::Status::pass, CheckOutcome::Status::warn, CheckOutcome::Status::fail}) {
    if (word == name(status)) {
      return status;
    }
  }
  return std::nullopt;
}

void read_findings(const simdjson::dom::element& value, CheckOutcome& outcome, JsonFault& fault) {
  simdjson::dom::array findings;
  if (value.get_array().get(findings) != simdjson::SUCCESS) {
    fault.set("findings", "an array");
    return;
  }
  for (const simdjson::dom::element finding : findings) {
    if (outcome.findings.size() < max_check_findings) {
      outcome.findings.push_back(simdjson::minify(finding));
    }
    ++outcome.findings_total;
  }
}

void read_metrics(const simdjson::dom::element& value, CheckOutcome& outcome, JsonFault& fault) {
  simdjson::dom::object metrics;
  if (value.get_object().get(metrics) != simdjson::SUCCESS || metrics.size() > max_check_metrics) {
    fault.set("metrics", fmt::format("an object of at most {} numbers", max_check_metrics));
    return;
  }
  for (const auto& [key, metric] : metrics) {
    double number = NAN;
    if (metric.get_double().get(number) != simdjson::SUCCESS || !std::isfinite(number)) {
      fault.set("metrics", "an object of finite numbers");
      return;
    }
    outcome.metrics.emplace_back(std::string(key), number);
  }
}

CheckOutcome read_answer(const simdjson::dom::object& object) {
  CheckOutcome outcome;
  JsonFault fault;
  const JsonObject answer(object, fault);
  if (answer.has("schema") && answer.word("schema") != check_schema_name) {
    fault.set("schema", fmt::format("\"{}\"", check_schema_name));
  }
  if (const auto status = find_status(answer.word("status"))) {
    outcome.status = *status;
  } else {
    fault.set("status", "one of pass, warn, fail");
  }
  if (answer.has("detail")) {
    outcome.detail = base::printable(answer.word("detail"), max_check_detail_bytes);
  }
  if (answer.has("parity_score")) {
    outcome.parity_score = answer.number("parity_score", 0, 1);
  }
  if (const auto findings = answer.find("findings")) {
    read_findings(*findings, outcome, fault);
  }
  if (const auto metrics = answer.find("metrics")) {
    read_metrics(*metrics, outcome, fault);
  }
  return fault.is_set() ? failed(fmt::format("the check's answer is not usable: {}", fault.text)) : outcome;
}

}  // namespace

CheckOutcome parse_check_answer(manifest::Check::Answer answer, const CheckExit& exit, std::string_view output) {
  if (exit.how != CheckExit::How::exited || exit.code != 0) {
    return failed(how_it_ended(exit, output));
  }
  if (answer == manifest::Check::Answer::exit_code) {
    CheckOutcome outcome;
    outcome.status = CheckOutcome::Status::pass;
    outcome.detail = last_words(output);
    return outcome;
  }
  if (output.size() > max_check_answer_bytes) {
    return failed(
        fmt::format("the check wrote {} bytes; an answer may have {}", output.size(), max_check_answer_bytes));
  }
  if (base::trim(output).empty()) {
    return failed("the check wrote no answer; it must write one JSON object, or use \"result: exit-code\"");
  }
  simdjson::dom::parser parser;
  simdjson::dom::element value;
  auto error = parser.allocate(output.size(), max_depth);
  if (error == simdjson::SUCCESS) {
    error = parser.parse(output.data(), output.size()).get(value);
  }
  if (error != simdjson::SUCCESS) {
    return failed(fmt::format("the check's answer is not valid JSON ({}): {}", simdjson::error_message(error),
                              base::printable(base::trim(output), 120)));
  }
  simdjson::dom::object object;
  if (value.get_object().get(object) != simdjson::SUCCESS) {
    return failed("the check's answer is not a JSON object");
  }
  return read_answer(object);
}

}  // namespace cachewitness::evidence
