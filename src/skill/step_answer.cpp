#include "skill/step_answer.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "base/text.h"
#include "skill/actions.h"
#include "skill/scope.h"

namespace cachewitness::skill {

namespace {

using evidence::CheckExit;
using evidence::CheckOutcome;
using report::StepStatus;

constexpr std::size_t longest_detail = 1000;

std::string how_it_ended(const CheckExit& exit) {
  return exit.how == CheckExit::How::exited ? fmt::format("exit code {}", exit.code) : std::string(exit.reason);
}

// A command's exit code is the contract's, and the run ends with it; what a program of the user's means by its own is
// unknown, so it has simply failed.
base::ExitCode exit_code_of(const Step& step, const CheckExit& exit) {
  if (exit.how == CheckExit::How::not_started) {
    return base::ExitCode::broken;
  }
  if (step.kind != Step::Kind::command) {
    return base::ExitCode::failed;
  }
  const bool is_known = exit.how == CheckExit::How::exited && exit.code >= 1 && exit.code <= 4;
  return is_known ? static_cast<base::ExitCode>(exit.code) : base::ExitCode::broken;
}

void fail(AttemptEnd& end, std::string detail) {
  end.status = StepStatus::failed;
  end.detail = std::move(detail);
}

// Fills the declared outputs; tells the first that is missing or of another type.
std::optional<std::string> take_outputs(const Step& step, const Value& answer, Value::Members& outputs) {
  for (const Output& output : outputs_of(step)) {
    const bool is_known = std::ranges::find(outputs, output.name, &Value::Member::name) != outputs.end();
    if (is_known) {
      continue;
    }
    const std::string& from = output.from.empty() ? output.name : output.from;
    const Value* value = answer.at_path(from);
    if (value == nullptr || value->is_null()) {
      return fmt::format("its answer has no \"{}\"", from);
    }
    if (!is_of(*value, output.type)) {
      return fmt::format("\"{}\" in its answer is not {}", from, name(output.type));
    }
    outputs.emplace_back(output.name, *value);
  }
  return std::nullopt;
}

void read_program_answer(const Step& step, std::string_view output, bool is_truncated, AttemptEnd& end) {
  const Action* action = find_action(step.action);
  const bool is_asked = action != nullptr ? action->answers_json : !step.outputs.empty();
  const bool is_complete = end.status == StepStatus::complete;
  const auto answer = is_truncated ? base::Result<Value>(std::unexpected(base::Error{})) : parse_json(output);
  const bool is_object = answer && answer->if_members() != nullptr;
  if (is_object) {
    const std::string said = base::printable(
        answer->text_at(step.kind == Step::Kind::command ? "outcome" : "detail"), longest_detail);
    end.detail = said.empty() ? end.detail : said;
  }
  if (!is_asked) {
    return;
  }
  if (is_object) {
    const auto missing = take_outputs(step, *answer, end.record.outputs);
    if (missing && is_complete) {
      fail(end, *missing);
    }
  } else if (is_complete) {
    fail(end, is_truncated ? fmt::format("its answer has more than {} bytes", step.limits.max_output_bytes)
                           : "its standard output must be one JSON object, since it has outputs");
  }
}

void read_check(const Step& step, const CheckExit& exit, std::string_view output, AttemptEnd& end) {
  const CheckOutcome outcome = evidence::parse_check_answer(step.answer, exit, output);
  end.status = outcome.status == CheckOutcome::Status::pass   ? StepStatus::complete
               : outcome.status == CheckOutcome::Status::warn ? StepStatus::warning
                                                              : StepStatus::failed;
  end.detail = base::printable(outcome.detail, longest_detail);
  end.record.outputs = {{"result", Value{std::string(evidence::name(outcome.status))}},
                        {"detail", Value{outcome.detail}},
                        {"findings", Value{static_cast<std::int64_t>(outcome.findings_total)}},
                        {"parity_score", outcome.parity_score ? Value{*outcome.parity_score} : Value{}}};
}

}  // namespace

AttemptEnd read_answer(const Step& step, const CheckExit& exit, std::string_view output, bool is_truncated,
                       Value::Members files) {
  AttemptEnd end;
  const bool is_good = exit.how == CheckExit::How::exited && exit.code == 0;
  end.status = is_good ? StepStatus::complete : StepStatus::failed;
  end.exit_code = is_good ? base::ExitCode::passed : exit_code_of(step, exit);
  end.detail = how_it_ended(exit);
  end.record.exit_code = exit.how == CheckExit::How::exited ? exit.code : 128 + exit.code;
  end.record.outputs = std::move(files);
  if (step.kind == Step::Kind::check) {
    read_check(step, exit, output, end);
  } else {
    read_program_answer(step, output, is_truncated, end);
  }
  if (end.status == StepStatus::failed && end.exit_code == base::ExitCode::passed) {
    end.exit_code = base::ExitCode::failed;
  }
  return end;
}

}  // namespace cachewitness::skill
