#include "http/structured_scanner.h"

#include <cstddef>

#include "base/base64.h"
#include "base/text.h"

namespace cachewitness::http {

namespace {

bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_alpha(char c) { return is_lower(c) || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_printable(char c) { return c >= 0x20 && c < 0x7F; }
bool is_token_char(char c) {
  constexpr std::string_view others = "!#$%&'*+-.^_`|~:/";
  return is_alpha(c) || is_digit(c) || others.find(c) != std::string_view::npos;
}
bool is_key_char(char c) {
  constexpr std::string_view others = "_-.*";
  return is_lower(c) || is_digit(c) || others.find(c) != std::string_view::npos;
}
// RFC 9651 4.2.10: upper case is a fault.
int hex_digit(char c) {
  if (is_digit(c)) {
    return c - '0';
  }
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

template <typename Predicate>
std::string_view take_while(std::string_view& rest, Predicate is_wanted) {
  std::size_t end = 0;
  while (end < rest.size() && is_wanted(rest[end])) {
    ++end;
  }
  const std::string_view taken = rest.substr(0, end);
  rest.remove_prefix(end);
  return taken;
}

std::int64_t number_of(std::string_view digits) {
  std::int64_t number = 0;
  for (const char c : digits) {
    number = number * 10 + (c - '0');
  }
  return number;
}

}  // namespace

std::optional<std::string> decode_display_string(std::string_view raw) {
  std::string out;
  for (std::size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] != '%') {
      out += raw[i];
      continue;
    }
    const int high = i + 2 < raw.size() ? hex_digit(raw[i + 1]) : -1;
    const int low = high < 0 ? -1 : hex_digit(raw[i + 2]);
    if (low < 0) {
      return std::nullopt;
    }
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return base::is_utf8(out) ? std::optional(std::move(out)) : std::nullopt;
}

void StructuredScanner::skip_spaces() {
  take_while(rest_, [](char c) { return c == ' '; });
}

void StructuredScanner::skip_white_space() {
  take_while(rest_, [](char c) { return c == ' ' || c == '\t'; });
}

// RFC 9651 4.2.3.1.
bool StructuredScanner::take_bare_item(BareItem& item) {
  item = {};
  if (rest_.empty()) {
    return false;
  }
  const char first = rest_.front();
  switch (first) {
    case '"':
      return take_string(item);
    case ':':
      return take_byte_sequence(item);
    case '?':
      return take_boolean(item);
    case '@':
      return take_date(item);
    case '%':
      return take_display_string(item);
    default:
      return first == '-' || is_digit(first) ? take_number(item) : take_token(item);
  }
}

// RFC 9651 4.2.4: 15 digits at most, of a decimal 12 before the point and 1 to 3 after it.
bool StructuredScanner::take_number(BareItem& item) {
  constexpr std::size_t most_digits = 15;
  constexpr std::size_t most_whole_digits = 12;
  constexpr std::size_t most_fraction_digits = 3;
  const bool is_negative = rest_.starts_with('-');
  rest_.remove_prefix(is_negative ? 1 : 0);
  const std::string_view whole = take_while(rest_, is_digit);
  if (whole.empty() || whole.size() > most_digits) {
    return false;
  }
  item.kind = BareItem::Kind::integer;
  item.number = number_of(whole);
  if (rest_.starts_with('.')) {
    rest_.remove_prefix(1);
    const std::string_view fraction = take_while(rest_, is_digit);
    if (whole.size() > most_whole_digits || fraction.empty() || fraction.size() > most_fraction_digits) {
      return false;
    }
    constexpr std::int64_t scales[] = {1000, 100, 10, 1};
    item.kind = BareItem::Kind::decimal;
    item.number = item.number * 1000 + number_of(fraction) * scales[fraction.size()];
  }
  item.number = is_negative ? -item.number : item.number;
  return true;
}

// RFC 9651 4.2.9.
bool StructuredScanner::take_date(BareItem& item) {
  rest_.remove_prefix(1);
  if (rest_.empty() || !(rest_.front() == '-' || is_digit(rest_.front())) || !take_number(item) ||
      item.kind != BareItem::Kind::integer) {
    return false;
  }
  item.kind = BareItem::Kind::date;
  return true;
}

// RFC 9651 4.2.5.
bool StructuredScanner::take_string(BareItem& item) {
  for (std::size_t i = 1; i < rest_.size(); ++i) {
    if (rest_[i] == '"') {
      item.kind = BareItem::Kind::string;
      item.raw = rest_.substr(1, i - 1);
      rest_.remove_prefix(i + 1);
      return true;
    }
    if (rest_[i] == '\\') {
      ++i;
      if (i == rest_.size() || (rest_[i] != '"' && rest_[i] != '\\')) {
        return false;
      }
    } else if (!is_printable(rest_[i])) {
      return false;
    }
  }
  return false;
}

// RFC 9651 4.2.6.
bool StructuredScanner::take_token(BareItem& item) {
  if (!is_alpha(rest_.front()) && rest_.front() != '*') {
    return false;
  }
  item.kind = BareItem::Kind::token;
  item.raw = take_while(rest_, is_token_char);
  return true;
}

// RFC 9651 4.2.7 lets a parser synthesise absent padding; we ask for what the serialisation gives.
bool StructuredScanner::take_byte_sequence(BareItem& item) {
  const std::size_t close = rest_.find(':', 1);
  if (close == std::string_view::npos) {
    return false;
  }
  item.kind = BareItem::Kind::byte_sequence;
  item.raw = rest_.substr(1, close - 1);
  rest_.remove_prefix(close + 1);
  return base::parse_base64(item.raw).has_value();
}

// RFC 9651 4.2.8.
bool StructuredScanner::take_boolean(BareItem& item) {
  if (rest_.size() < 2 || (rest_[1] != '0' && rest_[1] != '1')) {
    return false;
  }
  item.kind = BareItem::Kind::boolean;
  item.number = rest_[1] - '0';
  rest_.remove_prefix(2);
  return true;
}

// RFC 9651 4.2.10.
bool StructuredScanner::take_display_string(BareItem& item) {
  if (!rest_.starts_with("%\"")) {
    return false;
  }
  rest_.remove_prefix(2);
  item.kind = BareItem::Kind::display_string;
  item.raw = take_while(rest_, [](char c) { return is_printable(c) && c != '"'; });
  if (!rest_.starts_with('"')) {
    return false;
  }
  rest_.remove_prefix(1);
  return decode_display_string(item.raw).has_value();
}

// RFC 9651 4.2.3.3.
bool StructuredScanner::take_key(std::string_view& key) {
  if (rest_.empty() || (!is_lower(rest_.front()) && rest_.front() != '*')) {
    return false;
  }
  key = take_while(rest_, is_key_char);
  return true;
}

bool StructuredScanner::take_parameter(std::string_view& key, BareItem& value) {
  rest_.remove_prefix(1);  // the semicolon
  skip_spaces();
  value = {};
  if (!take_key(key)) {
    return false;
  }
  if (!rest_.starts_with('=')) {
    return true;
  }
  rest_.remove_prefix(1);
  return take_bare_item(value);
}

// RFC 9651 4.2.3.2.
bool StructuredScanner::take_parameters(Parameters& parameters) {
  const std::string_view before = rest_;
  std::string_view key;
  BareItem value;
  for (;;) {
    const std::string_view end = rest_;
    if (spacing_ == Spacing::lenient) {
      skip_white_space();
    }
    if (!rest_.starts_with(';')) {
      rest_ = end;
      parameters = Parameters(before.substr(0, before.size() - rest_.size()));
      return true;
    }
    if (!take_parameter(key, value)) {
      return false;
    }
  }
}

// RFC 9651 4.2.3.
bool StructuredScanner::take_item(StructuredItem& item) {
  return take_bare_item(item.value) && take_parameters(item.parameters);
}

// RFC 9651 4.2.1.2. An inner list holds no further list, so this recurses nowhere.
bool StructuredScanner::take_inner_list(StructuredMember& member) {
  rest_.remove_prefix(1);
  const std::string_view before = rest_;
  StructuredItem item;
  for (;;) {
    skip_spaces();
    if (rest_.starts_with(')')) {
      member.is_inner_list = true;
      member.inner = InnerList(before.substr(0, before.size() - rest_.size()));
      rest_.remove_prefix(1);
      return take_parameters(member.item.parameters);
    }
    if (!take_item(item) || !(rest_.starts_with(' ') || rest_.starts_with(')'))) {
      return false;
    }
  }
}

// RFC 9651 4.2.1.1.
bool StructuredScanner::take_list_member(StructuredMember& member) {
  member = {};
  return rest_.starts_with('(') ? take_inner_list(member) : take_item(member.item);
}

// RFC 9651 4.2.2.
bool StructuredScanner::take_dictionary_member(StructuredMember& member) {
  std::string_view key;
  if (!take_key(key)) {
    return false;
  }
  bool is_taken = false;
  if (rest_.starts_with('=')) {
    rest_.remove_prefix(1);
    is_taken = take_list_member(member);
  } else {
    member = {};
    is_taken = take_parameters(member.item.parameters);
  }
  member.key = key;
  return is_taken;
}

bool StructuredScanner::take_separator() {
  skip_white_space();
  if (rest_.empty()) {
    return true;
  }
  if (!rest_.starts_with(',')) {
    return false;
  }
  rest_.remove_prefix(1);
  skip_white_space();
  return !rest_.empty();  // RFC 9651 4.2.1: a trailing comma is a fault
}

}  // namespace cachewitness::http
