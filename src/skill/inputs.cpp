#include "skill/inputs.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "base/text.h"
#include "manifest/fault_list.h"
#include "skill/fault_ids.h"

namespace cachewitness::skill {

namespace {

std::string_view expected(Type type) {
  switch (type) {
    case Type::count:
      return "a whole number from 0";
    case Type::number:
      return "a number";
    case Type::boolean:
      return "true or false";
    default:
      return "text";
  }
}

std::optional<Value> read_input(const std::string& text, Type type) {
  switch (type) {
    case Type::count:
    case Type::number:
    case Type::boolean: {
      auto value = parse_json(text);
      return value && is_of(*value, type) ? std::optional(std::move(*value)) : std::nullopt;
    }
    case Type::list: {
      Value::List list;
      for (std::string_view rest = text; !rest.empty();) {
        const std::size_t comma = std::min(rest.find(','), rest.size());
        list.push_back({std::string(rest.substr(0, comma))});
        rest.remove_prefix(std::min(comma + 1, rest.size()));
      }
      return Value{std::move(list)};
    }
    default:
      return base::is_utf8(text) ? std::optional(Value{text}) : std::nullopt;
  }
}

Value default_of(const Input& input, const SkillFolder& folder) {
  auto filled = input.default_value->fill([&](const Reference& reference) -> std::expected<Value, std::string> {
    return Value{reference.path.back() == "directory" ? folder.directory : folder.name};
  });
  return filled ? std::move(*filled) : Value{};  // the workflow was checked: it can be filled
}

Value absolute(Value value, const std::string& working_directory) {
  const std::string* path = value.if_text();
  return path == nullptr || path->empty() || path->starts_with('/') ? value : Value{working_directory + "/" + *path};
}

}  // namespace

base::Result<GivenInputs> parse_given(const std::vector<std::string>& words) {
  GivenInputs given;
  for (const std::string& word : words) {
    const std::size_t sign = word.find('=');
    if (sign == std::string::npos || sign == 0) {
      return base::fail(faults::input, fmt::format("'{}' is no input; write name=value", base::printable(word, 80)));
    }
    std::string name = word.substr(0, sign);
    if (std::ranges::find(given, name, &std::pair<std::string, std::string>::first) != given.end()) {
      return base::fail(faults::input, fmt::format("the input '{}' is given twice", base::printable(name, 80)));
    }
    given.emplace_back(std::move(name), word.substr(sign + 1));
  }
  return given;
}

base::Result<Value::Members, base::Errors> bind_inputs(const Workflow& workflow, const GivenInputs& given,
                                                       const SkillFolder& folder,
                                                       const std::string& working_directory) {
  base::Errors errors;
  std::vector<std::string_view> known;
  std::ranges::transform(workflow.inputs, std::back_inserter(known), &Input::name);
  for (const auto& [name, text] : given) {
    if (workflow.find_input(name) == nullptr) {
      const std::string near = manifest::did_you_mean(name, known);
      errors.push_back({faults::input,
                        fmt::format("unknown input '{}'{}", base::printable(name, 60),
                                    !near.empty()   ? near
                                    : known.empty() ? "; this skill takes none"
                                                    : fmt::format("; it takes {}", fmt::join(known, ", "))),
                        std::nullopt});
    }
  }
  Value::Members inputs;
  for (const Input& input : workflow.inputs) {
    const auto found = std::ranges::find(given, input.name, &std::pair<std::string, std::string>::first);
    std::optional<Value> value;
    if (found != given.end()) {
      value = read_input(found->second, input.type);
    } else if (input.default_value) {
      value = default_of(input, folder);
    }
    if (!value) {
      errors.push_back({faults::input,
                        found != given.end()
                            ? fmt::format("input '{}' must be {}, not '{}'", input.name, expected(input.type),
                                          base::printable(found->second, 60))
                            : fmt::format("input '{}' is missing; give {}={}{}", input.name, input.name,
                                          name(input.type), input.doc.empty() ? "" : fmt::format(" ({})", input.doc)),
                        input.where});
      continue;
    }
    inputs.emplace_back(input.name,
                        input.type == Type::path ? absolute(*std::move(value), working_directory) : *std::move(value));
  }
  if (!errors.empty()) {
    return std::unexpected(std::move(errors));
  }
  return inputs;
}

}  // namespace cachewitness::skill
