#include "mcp/read_arguments.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/text.h"
#include "base/time.h"

namespace cachewitness::mcp {

namespace {

namespace json = boost::json;
using Kind = Parameter::Kind;

constexpr std::size_t most_texts = 1000;
constexpr std::size_t longest_text = 8192;
constexpr std::size_t longest_file_name = 100;

std::string_view expectation(Kind kind) {
  switch (kind) {
    case Kind::text:
      return "a string";
    case Kind::texts:
      return "an array of at most 1000 strings";
    case Kind::flag:
      return "true or false";
    case Kind::count:
      return "a whole number from 1 on";
    case Kind::file:
      return "the plain name of a file in the server's folder: letters, digits, dots, dashes and underscores";
    case Kind::moment:
      return "a time, RFC 3339 such as 2026-11-23T14:32:18Z or Unix seconds";
    case Kind::duration:
      return "a duration such as 60s, 1m30s or 250ms";
  }
  return "something else";
}

std::optional<std::string> as_text(const json::value& value) {
  const json::string* const text = value.if_string();
  if (text == nullptr || text->size() > longest_text || text->find('\0') != json::string::npos) {
    return std::nullopt;
  }
  return std::string(text->data(), text->size());
}

std::optional<std::vector<std::string>> as_texts(const json::value& value) {
  const json::array* const array = value.if_array();
  if (array == nullptr || array->size() > most_texts) {
    return std::nullopt;
  }
  std::vector<std::string> texts;
  for (const json::value& element : *array) {
    auto text = as_text(element);
    if (!text) {
      return std::nullopt;
    }
    texts.push_back(std::move(*text));
  }
  return texts;
}

bool is_plain_name(std::string_view name) {
  const auto is_plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
           c == '_';
  };
  return !name.empty() && name.size() <= longest_file_name && std::ranges::all_of(name, is_plain) &&
         name.front() != '.' && name.front() != '-';
}

bool is_well_formed(Kind kind, const std::string& text) {
  switch (kind) {
    case Kind::file:
      return is_plain_name(text);
    case Kind::moment:
      return base::parse_instant(text).has_value();
    case Kind::duration:
      return base::parse_duration(text).value_or(base::Duration::zero()) > base::Duration::zero();
    default:
      return true;
  }
}

std::optional<Arguments::Value> read_value(Kind kind, const json::value& value) {
  if (kind == Kind::flag) {
    return value.is_bool() ? std::optional<Arguments::Value>(value.get_bool()) : std::nullopt;
  }
  if (kind == Kind::count) {
    boost::system::error_code error;
    const auto number = value.to_number<std::uint64_t>(error);
    return !error && number > 0 ? std::optional<Arguments::Value>(number) : std::nullopt;
  }
  if (kind == Kind::texts) {
    auto texts = as_texts(value);
    return texts ? std::optional<Arguments::Value>(std::move(*texts)) : std::nullopt;
  }
  auto text = as_text(value);
  return text && is_well_formed(kind, *text) ? std::optional<Arguments::Value>(std::move(*text)) : std::nullopt;
}

std::string unknown_argument(const Tool& tool, std::string_view name, const std::vector<Parameter>& parameters) {
  std::vector<std::string_view> known;
  for (const Parameter& parameter : parameters) {
    known.push_back(parameter.name);
  }
  const auto near = base::nearest(name, known);
  return fmt::format("{} has no argument \"{}\"{}", tool.name, base::printable(name),
                     near ? fmt::format("; did you mean \"{}\"?", *near) : "; leave it out");
}

}  // namespace

std::expected<Arguments, std::string> read_arguments(const Tool& tool, const json::object& given) {
  const std::vector<Parameter> parameters = parameters_of(tool);
  Arguments arguments;
  std::string faults;
  const auto fault = [&faults](const std::string& text) { faults += (faults.empty() ? "" : ". ") + text; };
  for (const auto& member : given) {
    const std::string_view name(member.key().data(), member.key().size());
    const auto known = std::ranges::find(parameters, name, &Parameter::name);
    if (known == parameters.end()) {
      fault(unknown_argument(tool, name, parameters));
    } else if (member.value().is_null()) {
      continue;  // as good as left out
    } else if (auto value = read_value(known->kind, member.value())) {
      arguments.set(name, std::move(*value));
    } else {
      fault(fmt::format("\"{}\" must be {}", name, expectation(known->kind)));
    }
  }
  for (const Parameter& parameter : parameters) {
    if (parameter.is_required && !arguments.has(parameter.name) && faults.empty()) {
      fault(fmt::format("\"{}\" is missing: {}", parameter.name, parameter.description));
    }
  }
  return faults.empty() ? std::expected<Arguments, std::string>(std::move(arguments)) : std::unexpected(faults);
}

}  // namespace cachewitness::mcp
