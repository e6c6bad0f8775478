#include "skill/value.h"

#include <algorithm>
#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "base/assert.h"
#include "skill/fault_ids.h"

namespace cachewitness::skill {

namespace {

Value from_json(const boost::json::value& json) {
  switch (json.kind()) {
    case boost::json::kind::null:
      return {};
    case boost::json::kind::bool_:
      return {json.get_bool()};
    case boost::json::kind::int64:
      return {std::int64_t{json.get_int64()}};
    case boost::json::kind::uint64:
      return {static_cast<double>(json.get_uint64())};  // beyond what int64 can hold
    case boost::json::kind::double_:
      return {json.get_double()};
    case boost::json::kind::string:
      return {std::string(json.get_string())};
    case boost::json::kind::array: {
      Value::List list;
      for (const boost::json::value& item : json.get_array()) {
        list.push_back(from_json(item));
      }
      return {std::move(list)};
    }
    case boost::json::kind::object: {
      Value::Members members;
      for (const auto& [key, member] : json.get_object()) {
        members.emplace_back(std::string(key), from_json(member));
      }
      return {std::move(members)};
    }
  }
  return {};
}

}  // namespace

double Value::number() const {
  CW_ASSERT(is_number());
  const auto* whole = std::get_if<std::int64_t>(&data);
  return whole != nullptr ? static_cast<double>(*whole) : std::get<double>(data);
}

const Value* Value::find(std::string_view name) const {
  const Members* members = if_members();
  if (members == nullptr) {
    return nullptr;
  }
  const auto found = std::ranges::find(*members, name, &Member::name);
  return found == members->end() ? nullptr : &found->value;
}

const Value* Value::at_path(std::string_view path) const {
  const Value* here = this;
  while (here != nullptr && !path.empty()) {
    const std::size_t dot = std::min(path.find('.'), path.size());
    here = here->find(path.substr(0, dot));
    path.remove_prefix(std::min(dot + 1, path.size()));
  }
  return here;
}

std::string Value::text_at(std::string_view name) const {
  const Value* value = find(name);
  const std::string* text = value == nullptr ? nullptr : value->if_text();
  return text == nullptr ? std::string() : *text;
}

std::string_view name(Type type) {
  constexpr std::string_view names[] = {"text", "path", "count", "number", "boolean", "list", "json"};
  return names[static_cast<std::size_t>(type)];
}

bool is_of(const Value& value, Type type) {
  switch (type) {
    case Type::text:
    case Type::path:
      return value.if_text() != nullptr;
    case Type::count: {
      const auto* whole = std::get_if<std::int64_t>(&value.data);
      return whole != nullptr && *whole >= 0;
    }
    case Type::number:
      return value.is_number();
    case Type::boolean:
      return value.if_boolean() != nullptr;
    case Type::list:
      return value.if_list() != nullptr &&
             std::ranges::all_of(*value.if_list(), [](const Value& item) { return item.if_text() != nullptr; });
    case Type::json:
      return true;
  }
  return false;
}

base::Result<Value> parse_json(std::string_view text) {
  if (text.size() > max_json_bytes) {
    return base::fail(faults::input, fmt::format("more than {} bytes of JSON", max_json_bytes));
  }
  boost::json::parse_options options;
  options.max_depth = max_json_depth;
  boost::system::error_code error;
  const boost::json::value parsed = boost::json::parse({text.data(), text.size()}, error, {}, options);
  if (error) {
    return base::fail(faults::input, fmt::format("not one JSON document ({})", error.message()));
  }
  return from_json(parsed);
}

void append_json(const Value& value, base::JsonWriter& json) {
  if (value.is_null()) {
    json.value(nullptr);
  } else if (const bool* flag = value.if_boolean()) {
    json.value(*flag);
  } else if (const auto* whole = std::get_if<std::int64_t>(&value.data)) {
    json.value(*whole);
  } else if (const auto* number = std::get_if<double>(&value.data)) {
    json.value(*number);
  } else if (const std::string* text = value.if_text()) {
    json.value(*text);
  } else if (const Value::List* list = value.if_list()) {
    json.begin_array();
    for (const Value& item : *list) {
      append_json(item, json);
    }
    json.end_array();
  } else {
    json.begin_object();
    for (const auto& [key, member] : std::get<Value::Members>(value.data)) {
      json.key(key);
      append_json(member, json);
    }
    json.end_object();
  }
}

std::string compact_json(const Value& value) {
  std::string out;
  base::JsonWriter json(out, base::JsonWriter::Layout::compact);
  append_json(value, json);
  return out;
}

std::string plain_text(const Value& value) {
  const std::string* text = value.if_text();
  return text != nullptr ? *text : compact_json(value);
}

}  // namespace cachewitness::skill
