// JsonWriter: appends one JSON document to a string, members in the order of the calls. No tree is built, so
// a million evidence lines cost no allocation. Strings go through append_json_string, so what comes out is
// valid UTF-8 whatever went in. It must not know any schema.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

namespace cachewitness::base {

class JsonWriter {
 public:
  enum class Layout : std::uint8_t {
    compact,   // no white space: one line of a JSON lines file
    indented,  // two blanks a level, as people and diffs like it
  };
  // `out` must outlive the writer. Writes no final line feed.
  JsonWriter(std::string& out, Layout layout) : out_(out), layout_(layout) {}

  void begin_object() { begin('{'); }
  void end_object() { end('}'); }
  void begin_array() { begin('['); }
  void end_array() { end(']'); }
  void begin_object(std::string_view name) {
    key(name);
    begin_object();
  }
  void begin_array(std::string_view name) {
    key(name);
    begin_array();
  }

  void key(std::string_view name);
  void value(std::string_view text);
  void value(std::nullptr_t);
  // The shortest text that reads back as the same number. Requires: finite.
  void value(double number);
  template <std::same_as<bool> Flag>
  void value(Flag flag) {
    raw(flag ? "true" : "false");
  }
  template <std::integral Number>
    requires(!std::same_as<Number, bool>)
  void value(Number number) {
    if constexpr (std::is_signed_v<Number>) {
      integer(static_cast<std::int64_t>(number));
    } else {
      integer(static_cast<std::uint64_t>(number));
    }
  }
  // `null` where there is none.
  template <typename Value>
  void value(const std::optional<Value>& maybe) {
    if (maybe) {
      value(*maybe);
    } else {
      value(nullptr);
    }
  }
  // Text that is one JSON value already.
  void raw(std::string_view json);

  template <typename Value>
  void member(std::string_view name, const Value& content) {
    key(name);
    value(content);
  }
  // Short lists stay on one line in either layout.
  template <typename Strings>
  void strings(std::string_view name, const Strings& list) {
    key(name);
    before_value();
    out_ += '[';
    std::string_view separator;
    for (const auto& text : list) {
      out_ += separator;
      append_quoted(text);
      separator = layout_ == Layout::indented ? ", " : ",";
    }
    out_ += ']';
  }

 private:
  void begin(char bracket);
  void end(char bracket);
  void before_value();
  void new_line();
  void append_quoted(std::string_view text);
  void integer(std::int64_t number);
  void integer(std::uint64_t number);

  std::string& out_;
  Layout layout_;
  std::size_t depth_ = 0;
  bool is_empty_ = true;  // nothing in the innermost object or array yet
  bool is_after_key_ = false;
};

}  // namespace cachewitness::base
