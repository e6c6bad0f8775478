// What a field of a header block is to whoever reads a message, known by its name. Nearly all are `ordinary`: they are
// written down and not looked at. Sans-I/O.
#pragma once

#include <cstdint>
#include <string_view>

namespace cachewitness::http::h2 {

enum class FieldKind : std::uint8_t {
  ordinary,
  content_length,
  content_encoding,
  status,
  other_pseudo,         // any other that begins with ':'
  connection_specific,  // RFC 9113 8.2.2
};
[[nodiscard]] FieldKind kind_of(std::string_view name);

enum class FieldDefect : std::uint8_t {
  none,
  bad_name,   // RFC 9113 8.2.1: not a token in lower case
  bad_value,  // RFC 9110 5.5, and white space around it (RFC 9113 8.2.1)
};
[[nodiscard]] FieldDefect check_name(std::string_view name);
[[nodiscard]] FieldDefect check_value(std::string_view value);

}  // namespace cachewitness::http::h2
