#include "skill/invocation.h"

#include <fmt/format.h>

#include "base/json_writer.h"
#include "evidence/check_answer.h"
#include "skill/actions.h"

namespace cachewitness::skill {

namespace {

using Filled = std::expected<Value, std::string>;

// One argument an option, so that no value can pass for an option of its own.
void append_option(const std::string& name, const Value& value, std::vector<std::string>& arguments) {
  if (const bool* flag = value.if_boolean()) {
    if (*flag) {
      arguments.push_back("--" + name);
    }
  } else if (const Value::List* list = value.if_list()) {
    for (const Value& item : *list) {
      arguments.push_back(fmt::format("--{}={}", name, plain_text(item)));
    }
  } else if (!value.is_null() && value != Value{std::string()}) {  // an input left empty is an option left out
    arguments.push_back(fmt::format("--{}={}", name, plain_text(value)));
  }
}

Filled member_of(const Step& step, std::string_view name, const Template::Lookup& lookup) {
  const Content* content = step.with ? step.with->find(name) : nullptr;
  return content == nullptr ? Filled(Value{}) : content->fill(lookup);
}

std::string absolute(const std::string& path, const std::string& work) {
  return path.starts_with('/') ? path : fmt::format("{}/{}", work, path);
}

std::expected<std::string, std::string> check_input(const Step& step, const Attempt& attempt,
                                                    const Template::Lookup& lookup) {
  std::string text;
  base::JsonWriter json(text, base::JsonWriter::Layout::compact);
  json.begin_object();
  json.member("schema", evidence::check_schema_name);
  json.member("run_id", attempt.run_id);
  for (const std::string_view name : {"evidence", "report", "environment"}) {
    const Filled value = member_of(step, name, lookup);
    if (!value) {
      return std::unexpected(value.error());
    }
    json.key(name);
    if (value->is_null()) {
      json.value(nullptr);
    } else {
      json.value(name == "environment" ? plain_text(*value) : absolute(plain_text(*value), attempt.work));
    }
  }
  const Filled purged_at = member_of(step, "purged-at", lookup);
  if (!purged_at) {
    return std::unexpected(purged_at.error());
  }
  json.begin_object("purge");
  for (const std::string_view name : {"requested_at", "acknowledged_at"}) {
    json.key(name);
    append_json(*purged_at, json);
  }
  json.end_object();
  json.end_object();
  return text + "\n";
}

}  // namespace

std::expected<std::vector<std::string>, std::string> arguments_of(const Step& step, const Template::Lookup& lookup) {
  if (step.kind != Step::Kind::command) {
    auto filled = fill_arguments(step.run, lookup);
    if (filled && !filled->empty()) {
      filled->erase(filled->begin());
    }
    return filled;
  }
  auto arguments = fill_arguments(step.run, lookup);  // of a fenced block
  if (!arguments) {
    return arguments;
  }
  arguments->insert(arguments->begin(), step.action);
  const auto* with = step.with ? std::get_if<Content::Members>(&step.with->data) : nullptr;
  for (const auto& [name, content] : with != nullptr ? *with : Content::Members{}) {
    const Filled value = content.fill(lookup);
    if (!value) {
      return std::unexpected(value.error());
    }
    append_option(name, *value, *arguments);
  }
  return arguments;
}

std::expected<std::string, std::string> input_of(const Step& step, const Attempt& attempt,
                                                 const Template::Lookup& lookup) {
  if (step.kind == Step::Kind::command || step.input == Step::InputForm::none) {
    return std::string();
  }
  if (step.kind == Step::Kind::check) {
    return check_input(step, attempt, lookup);
  }
  const Filled with = step.with ? step.with->fill(lookup) : Filled(Value{Value::Members{}});
  if (!with) {
    return std::unexpected(with.error());
  }
  std::string text;
  base::JsonWriter json(text, base::JsonWriter::Layout::compact);
  json.begin_object();
  json.member("schema", step_schema_name);
  json.member("run_id", attempt.run_id);
  json.member("step", attempt.step);
  json.member("attempt", attempt.number);
  json.key("with");
  append_json(*with, json);
  json.member("work", attempt.work);
  json.member("skill", attempt.skill);
  json.end_object();
  return text + "\n";
}

Value::Members file_outputs(const Step& step, const std::string& work, const Template::Lookup& lookup) {
  Value::Members outputs;
  const auto* with =
      step.kind == Step::Kind::command && step.with ? std::get_if<Content::Members>(&step.with->data) : nullptr;
  for (const auto& [name, content] : with != nullptr ? *with : Content::Members{}) {
    const Filled value = content.fill(lookup);
    const std::string* path = value ? value->if_text() : nullptr;
    if (is_file_option(name) && path != nullptr && !path->empty() && *path != "-") {
      outputs.emplace_back(name, Value{absolute(*path, work)});
    }
  }
  return outputs;
}

}  // namespace cachewitness::skill
