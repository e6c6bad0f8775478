#include "http/structured_list.h"

#include <optional>
#include <utility>

#include "base/text.h"
#include "http/field_list.h"

namespace cachewitness::http {

namespace {

bool is_alpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_token_char(char c) {
  constexpr std::string_view others = "!#$%&'*+-.^_`|~:/";
  return is_alpha(c) || is_digit(c) || others.find(c) != std::string_view::npos;
}
bool is_key_char(char c) {
  constexpr std::string_view others = "_-.*";
  return (c >= 'a' && c <= 'z') || is_digit(c) || others.find(c) != std::string_view::npos;
}

template <typename Predicate>
std::string take_while(std::string_view& rest, Predicate is_wanted) {
  std::size_t end = 0;
  while (end < rest.size() && is_wanted(rest[end])) {
    ++end;
  }
  std::string taken(rest.substr(0, end));
  rest.remove_prefix(end);
  return taken;
}

std::optional<BareItem> take_string(std::string_view& rest) {
  BareItem item{BareItem::Kind::string, {}};
  for (std::size_t i = 1; i < rest.size(); ++i) {
    const char c = rest[i];
    if (c == '"') {
      rest.remove_prefix(i + 1);
      return item;
    }
    if (c == '\\') {
      if (++i == rest.size()) {
        return std::nullopt;
      }
    }
    item.text += rest[i];
  }
  return std::nullopt;  // no closing quote
}

// RFC 9651 4.2.3.1, by the first character.
std::optional<BareItem> take_bare_item(std::string_view& rest) {
  if (rest.empty()) {
    return std::nullopt;
  }
  const char first = rest[0];
  if (first == '"') {
    return take_string(rest);
  }
  if (first == '-' || is_digit(first)) {
    return BareItem{BareItem::Kind::number,
                    take_while(rest, [](char c) { return is_digit(c) || c == '-' || c == '.'; })};
  }
  if (first == '?' && rest.size() > 1 && (rest[1] == '0' || rest[1] == '1')) {
    BareItem item{BareItem::Kind::boolean, std::string(rest.substr(0, 2))};
    rest.remove_prefix(2);
    return item;
  }
  if (first == '@') {
    rest.remove_prefix(1);
    return BareItem{BareItem::Kind::date, take_while(rest, [](char c) { return is_digit(c) || c == '-'; })};
  }
  if (first == ':') {
    const std::size_t close = rest.find(':', 1);
    if (close == std::string_view::npos) {
      return std::nullopt;
    }
    BareItem item{BareItem::Kind::bytes, std::string(rest.substr(1, close - 1))};
    rest.remove_prefix(close + 1);
    return item;
  }
  if (is_alpha(first) || first == '*') {
    return BareItem{BareItem::Kind::token, take_while(rest, is_token_char)};
  }
  return std::nullopt;
}

void skip_spaces(std::string_view& rest) {
  while (rest.starts_with(' ') || rest.starts_with('\t')) {
    rest.remove_prefix(1);
  }
}

std::optional<StructuredItem> parse_member(std::string_view rest) {
  auto value = take_bare_item(rest);
  if (!value) {
    return std::nullopt;
  }
  StructuredItem item{std::move(*value), {}};
  // Real caches write "name ; hit"; the RFC allows no space before the semicolon.
  skip_spaces(rest);
  while (rest.starts_with(';') && item.parameters.size() < max_item_parameters) {
    rest.remove_prefix(1);
    skip_spaces(rest);
    Parameter parameter{take_while(rest, is_key_char), {BareItem::Kind::boolean, "?1"}};
    if (parameter.key.empty()) {
      return std::nullopt;
    }
    if (rest.starts_with('=')) {
      rest.remove_prefix(1);
      auto argument = take_bare_item(rest);
      if (!argument) {
        return std::nullopt;
      }
      parameter.value = std::move(*argument);
    }
    item.parameters.push_back(std::move(parameter));
    skip_spaces(rest);
  }
  return rest.empty() ? std::optional(std::move(item)) : std::nullopt;
}

}  // namespace

const BareItem* StructuredItem::find(std::string_view key) const {
  for (auto parameter = parameters.rbegin(); parameter != parameters.rend(); ++parameter) {
    if (parameter->key == key) {
      return &parameter->value;
    }
  }
  return nullptr;
}

std::vector<StructuredItem> parse_structured_list(std::string_view value) {
  std::vector<StructuredItem> list;
  std::string_view member;
  while (list.size() < max_list_members && next_member(value, member)) {
    if (auto item = parse_member(member)) {
      list.push_back(std::move(*item));
    }
  }
  return list;
}

}  // namespace cachewitness::http
