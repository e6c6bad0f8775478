#include "http/h2/field_kind.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>

#include "http/field_line.h"

namespace cachewitness::http::h2 {

namespace {

constexpr std::array<bool, 256> make_name_table() {
  std::array<bool, 256> table{};
  for (const char c : std::string_view("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz")) {
    table.at(static_cast<unsigned char>(c)) = true;
  }
  return table;
}

constexpr std::array<bool, 256> name_characters = make_name_table();

constexpr std::uint64_t in_each_byte(unsigned char byte) { return 0x0101010101010101U * byte; }
constexpr std::uint64_t high_bits = in_each_byte(0x80);

// Whether any of eight bytes is below 0x20, a tab among them, or is 0x7F. May also say so of what is neither, never
// the other way round.
bool may_hold_control(std::uint64_t bytes) {
  const std::uint64_t below = (bytes - in_each_byte(0x20)) & ~bytes;
  const std::uint64_t deleted = bytes ^ in_each_byte(0x7F);
  return ((below | ((deleted - in_each_byte(1)) & ~deleted)) & high_bits) != 0;
}

bool is_plain_text(std::string_view text) {
  std::size_t at = 0;
  for (; at + 8 <= text.size(); at += 8) {
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, text.data() + at, sizeof bytes);
    if (may_hold_control(bytes)) {
      return is_field_text(text.substr(at));
    }
  }
  return is_field_text(text.substr(at));
}

bool is_white_space(char c) { return c == ' ' || c == '\t'; }

}  // namespace

FieldKind kind_of(std::string_view name) {
  if (name.starts_with(':')) {
    return name == ":status" ? FieldKind::status : FieldKind::other_pseudo;
  }
  switch (name.size()) {
    case 2:
      return name == "te" ? FieldKind::connection_specific : FieldKind::ordinary;
    case 7:
      return name == "upgrade" ? FieldKind::connection_specific : FieldKind::ordinary;
    case 10:
      return name == "connection" || name == "keep-alive" ? FieldKind::connection_specific : FieldKind::ordinary;
    case 14:
      return name == "content-length" ? FieldKind::content_length : FieldKind::ordinary;
    case 16:
      return name == "content-encoding"   ? FieldKind::content_encoding
             : name == "proxy-connection" ? FieldKind::connection_specific
                                          : FieldKind::ordinary;
    case 17:
      return name == "transfer-encoding" ? FieldKind::connection_specific : FieldKind::ordinary;
    default:
      return FieldKind::ordinary;
  }
}

FieldDefect check_name(std::string_view name) {
  const std::string_view token = name.starts_with(':') ? name.substr(1) : name;
  const bool is_good = !token.empty() && std::ranges::all_of(token, [](char c) {
    return name_characters[static_cast<unsigned char>(c)];
  });
  return is_good ? FieldDefect::none : FieldDefect::bad_name;
}

FieldDefect check_value(std::string_view value) {
  if (value.empty()) {
    return FieldDefect::none;
  }
  const bool is_good = !is_white_space(value.front()) && !is_white_space(value.back()) && is_plain_text(value);
  return is_good ? FieldDefect::none : FieldDefect::bad_value;
}

}  // namespace cachewitness::http::h2
