// Value: what passes between steps, as JSON has it: inputs, outputs, what a program gets on its standard input.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/json_writer.h"
#include "base/result.h"

namespace cachewitness::skill {

struct Value {
  struct Member;
  using List = std::vector<Value>;
  using Members = std::vector<Member>;  // in the order of the text

  std::variant<std::monostate, bool, std::int64_t, double, std::string, List, Members> data;

  [[nodiscard]] bool is_null() const { return std::holds_alternative<std::monostate>(data); }
  [[nodiscard]] bool is_number() const {
    return std::holds_alternative<std::int64_t>(data) || std::holds_alternative<double>(data);
  }
  [[nodiscard]] const bool* if_boolean() const { return std::get_if<bool>(&data); }
  [[nodiscard]] const std::string* if_text() const { return std::get_if<std::string>(&data); }
  [[nodiscard]] const List* if_list() const { return std::get_if<List>(&data); }
  [[nodiscard]] const Members* if_members() const { return std::get_if<Members>(&data); }
  // Requires: is_number().
  [[nodiscard]] double number() const;
  // The member of an object; null where there is none, or this is no object.
  [[nodiscard]] const Value* find(std::string_view name) const;
  // The same along "gate.passed".
  [[nodiscard]] const Value* at_path(std::string_view path) const;
  // The text of a member; empty where there is none, or it is no text.
  [[nodiscard]] std::string text_at(std::string_view name) const;
};

bool operator==(const Value& a, const Value& b);

struct Value::Member {
  std::string name;
  Value value;

  friend bool operator==(const Member& a, const Member& b) = default;
};

inline bool operator==(const Value& a, const Value& b) { return a.data == b.data; }

// What an input or an output must be. `path` is a text that names a file.
enum class Type : std::uint8_t { text, path, count, number, boolean, list, json };
[[nodiscard]] std::string_view name(Type type);
// `list` is a list of text.
[[nodiscard]] bool is_of(const Value& value, Type type);

inline constexpr std::size_t max_json_bytes = std::size_t{16} << 20;
inline constexpr std::size_t max_json_depth = 64;

// One JSON document, with nothing but white space around it. The error's message says what is wrong with it.
[[nodiscard]] base::Result<Value> parse_json(std::string_view text);
void append_json(const Value& value, base::JsonWriter& json);
[[nodiscard]] std::string compact_json(const Value& value);
// As an argument or a part of one: text as it is, anything else as compact JSON.
[[nodiscard]] std::string plain_text(const Value& value);

}  // namespace cachewitness::skill
