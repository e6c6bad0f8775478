#include "base/json_writer.h"

#include <array>
#include <charconv>
#include <cmath>

#include "base/assert.h"
#include "base/text.h"

namespace cachewitness::base {

namespace {

template <typename Number>
void append_number(std::string& out, Number number) {
  std::array<char, 32> digits;
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), number);
  CW_ASSERT(error == std::errc{});
  out.append(digits.data(), end);
}

}  // namespace

void JsonWriter::new_line() {
  if (layout_ == Layout::indented) {
    out_ += '\n';
    out_.append(depth_ * 2, ' ');
  }
}

void JsonWriter::before_value() {
  if (is_after_key_) {
    is_after_key_ = false;
    return;
  }
  if (depth_ > 0) {
    if (!is_empty_) {
      out_ += ',';
    }
    new_line();
  }
  is_empty_ = false;
}

void JsonWriter::begin(char bracket) {
  before_value();
  out_ += bracket;
  ++depth_;
  is_empty_ = true;
}

void JsonWriter::end(char bracket) {
  CW_ASSERT(depth_ > 0 && !is_after_key_);
  --depth_;
  if (!is_empty_) {
    new_line();
  }
  out_ += bracket;
  is_empty_ = false;
}

void JsonWriter::key(std::string_view name) {
  CW_ASSERT(!is_after_key_);
  before_value();
  append_quoted(name);
  out_ += layout_ == Layout::indented ? ": " : ":";
  is_after_key_ = true;
}

void JsonWriter::append_quoted(std::string_view text) { append_json_string(out_, text); }

void JsonWriter::value(std::string_view text) {
  before_value();
  append_quoted(text);
}

void JsonWriter::value(std::nullptr_t) { raw("null"); }

void JsonWriter::value(double number) {
  CW_ASSERT(std::isfinite(number));
  before_value();
  append_number(out_, number);
}

void JsonWriter::integer(std::int64_t number) {
  before_value();
  append_number(out_, number);
}

void JsonWriter::integer(std::uint64_t number) {
  before_value();
  append_number(out_, number);
}

void JsonWriter::raw(std::string_view json) {
  before_value();
  out_ += json;
}

}  // namespace cachewitness::base
