#include "report/read_log.h"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <optional>

#include <fmt/format.h>

#include "base/text.h"

namespace cachewitness::report {

namespace {

constexpr base::ErrorId bad_log{"log-unreadable", base::ExitCode::usage};

std::unexpected<base::Error> trouble(const std::string& file, std::string_view what) {
  return base::fail(bad_log, fmt::format("{}: {}; give what --log wrote, or a run's log.json", file, what));
}

std::string text_at(const boost::json::object& object, std::string_view key) {
  const boost::json::value* value = object.if_contains(key);
  const auto* text = value == nullptr ? nullptr : value->if_string();
  return text == nullptr ? std::string() : std::string(*text);
}

base::Duration duration_at(const boost::json::object& object, std::string_view key) {
  constexpr std::int64_t century_ms = 3'155'760'000'000;
  const boost::json::value* value = object.if_contains(key);
  const auto* number = value == nullptr ? nullptr : value->if_int64();
  return std::chrono::milliseconds(number == nullptr ? 0 : std::clamp<std::int64_t>(*number, 0, century_ms));
}

LogStep::Extra extra_of(const boost::json::value& value) {
  if (const auto* text = value.if_string()) {
    return std::string(*text);
  }
  if (const auto* number = value.if_int64(); number != nullptr && *number >= 0) {
    return static_cast<std::uint64_t>(*number);
  }
  const auto* list = value.if_array();
  if (list == nullptr || !std::ranges::all_of(*list, [](const auto& item) { return item.is_string(); })) {
    return RawJson{boost::json::serialize(value)};
  }
  std::vector<std::string> texts;
  std::ranges::transform(*list, std::back_inserter(texts),
                         [](const auto& item) { return std::string(item.get_string()); });
  return texts;
}

base::Result<LogStep> step_of(const boost::json::value& value) {
  const auto* object = value.if_object();
  const auto status = object == nullptr ? std::nullopt : parse_step_status(text_at(*object, "status"));
  if (!status || text_at(*object, "action").empty()) {
    return base::fail(bad_log, "a step without \"action\" and \"status\"");
  }
  LogStep step;
  step.action = text_at(*object, "action");
  step.detail = text_at(*object, "detail");
  step.duration = duration_at(*object, "duration_ms");
  step.status = *status;
  constexpr std::string_view own[] = {"step", "action", "detail", "duration_ms", "status"};
  for (const auto& [key, member] : *object) {
    if (std::ranges::find(own, std::string_view(key)) == std::end(own)) {
      step.extras.emplace_back(std::string(key), extra_of(member));
    }
  }
  return step;
}

std::string plain(const LogStep::Extra& extra) {
  if (const auto* number = std::get_if<std::uint64_t>(&extra)) {
    return base::grouped(*number);
  }
  if (const auto* text = std::get_if<std::string>(&extra)) {
    return *text;
  }
  if (const auto* list = std::get_if<std::vector<std::string>>(&extra)) {
    return fmt::format("{}", fmt::join(*list, " "));
  }
  return std::get<RawJson>(extra).text;
}

}  // namespace

std::optional<StepStatus> parse_step_status(std::string_view word) {
  for (const StepStatus status : {StepStatus::complete, StepStatus::warning, StepStatus::failed, StepStatus::skipped}) {
    if (word == name(status)) {
      return status;
    }
  }
  return std::nullopt;
}

base::Result<LogStep> read_log_step(std::string_view text) {
  boost::system::error_code error;
  const boost::json::value value = boost::json::parse({text.data(), text.size()}, error);
  return error ? base::Result<LogStep>(base::fail(bad_log, "a step that is not JSON")) : step_of(value);
}

base::Result<ExecutionLog> read_log(std::string_view text, const std::string& file) {
  boost::system::error_code error;
  const boost::json::value value = boost::json::parse({text.data(), text.size()}, error);
  const auto* object = error ? nullptr : value.if_object();
  const auto* member = object == nullptr ? nullptr : object->if_contains("steps");
  const auto* steps = member == nullptr ? nullptr : member->if_array();
  if (steps == nullptr) {
    return trouble(file, error ? "not JSON" : "no execution log, for it has no \"steps\"");
  }
  const std::string schema = text_at(*object, "schema");
  if (!schema.empty() && schema != log_schema_name) {
    return trouble(file, fmt::format("its schema is \"{}\"", base::printable(schema, 80)));
  }
  ExecutionLog log;
  log.task = text_at(*object, "task");
  log.agent = text_at(*object, "agent");
  log.execution_id = text_at(*object, "execution_id");
  log.timestamp = base::parse_instant(text_at(*object, "timestamp")).value_or(base::Instant{});
  log.total_duration = duration_at(*object, "total_duration_ms");
  log.outcome = text_at(*object, "outcome");
  for (const boost::json::value& each : *steps) {
    auto step = step_of(each);
    if (!step) {
      return trouble(file, step.error().message);
    }
    log.steps.push_back(*std::move(step));
  }
  return log;
}

std::string describe_log(const ExecutionLog& log, bool is_verbose) {
  std::string text = fmt::format("{}  {}  {}  {}\n", base::printable(log.task), base::printable(log.execution_id),
                                 base::printable(log.agent), base::rfc3339(log.timestamp, 0));
  std::size_t number = 0;
  for (const LogStep& step : log.steps) {
    text += fmt::format("{:3} {:<9} {}  {}\n", ++number, name(step.status), base::printable(step.action),
                        base::human(step.duration));
    if (!step.detail.empty()) {
      text += fmt::format("              {}\n", base::printable(step.detail, 1000));
    }
    for (const auto& [key, extra] : is_verbose ? step.extras : decltype(step.extras){}) {
      text += fmt::format("              {}: {}\n", base::printable(key, 60), base::printable(plain(extra), 1000));
    }
  }
  return text + fmt::format("{} in {}\n", base::printable(log.outcome, 1000), base::human(log.total_duration));
}

}  // namespace cachewitness::report
