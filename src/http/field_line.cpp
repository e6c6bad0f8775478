#include "http/field_line.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace cachewitness::http {

namespace {

constexpr std::array<bool, 256> make_token_table() {
  std::array<bool, 256> table{};
  for (const char c :
       std::string_view("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")) {
    table.at(static_cast<unsigned char>(c)) = true;
  }
  return table;
}

constexpr std::array<bool, 256> token_characters = make_token_table();

bool is_text(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte >= 0x20 && byte != 0x7F) || byte == '\t';
  });
}

// Whether one of eight bytes is below 0x20 or is 0x7F: the carry of a subtraction reaches a byte's top bit where
// that bit was clear before.
bool may_hold_control(const char* eight) {
  constexpr std::uint64_t each = 0x0101010101010101;
  std::uint64_t bytes = 0;
  std::memcpy(&bytes, eight, sizeof bytes);
  const std::uint64_t below_space = (bytes - each * 0x20) & ~bytes;
  const std::uint64_t other = bytes ^ (each * 0x7F);
  const std::uint64_t is_delete = (other - each) & ~other;
  return ((below_space | is_delete) & (each * 0x80)) != 0;
}

bool is_white_space(char c) { return c == ' ' || c == '\t'; }

}  // namespace

bool is_token(std::string_view text) {
  return !text.empty() &&
         std::ranges::all_of(text, [](char c) { return token_characters[static_cast<unsigned char>(c)]; });
}

bool is_field_text(std::string_view text) {
  // Eight bytes at a time; a tab or what is no text at all is then looked at byte by byte.
  while (text.size() >= sizeof(std::uint64_t)) {
    if (may_hold_control(text.data()) && !is_text(text.substr(0, sizeof(std::uint64_t)))) {
      return false;
    }
    text.remove_prefix(sizeof(std::uint64_t));
  }
  return is_text(text);
}

std::string_view without_white_space_around(std::string_view text) {
  while (!text.empty() && is_white_space(text.front())) {
    text.remove_prefix(1);
  }
  while (!text.empty() && is_white_space(text.back())) {
    text.remove_suffix(1);
  }
  return text;
}

std::expected<Field, HeadDefect> parse_field_line(std::string_view line) {
  if (!line.empty() && is_white_space(line.front())) {
    return std::unexpected(HeadDefect::obsolete_fold);
  }
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) {
    return std::unexpected(HeadDefect::bad_field_name);
  }
  const std::string_view value = line.substr(colon + 1);
  if (!is_field_text(value)) {
    return std::unexpected(HeadDefect::bad_field_value);
  }
  return Field{line.substr(0, colon), without_white_space_around(value)};
}

}  // namespace cachewitness::http
