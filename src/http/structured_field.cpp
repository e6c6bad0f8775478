#include "http/structured_field.h"

#include "base/base64.h"
#include "http/structured_scanner.h"

namespace cachewitness::http {

namespace {

using TakeMember = bool (StructuredScanner::*)(StructuredMember&);

// RFC 9651 4.2: spaces at both ends of a value do not count.
std::string_view without_spaces_around(std::string_view value) {
  StructuredScanner scanner(value);
  scanner.skip_spaces();
  std::string_view rest = scanner.rest();
  while (rest.ends_with(' ')) {
    rest.remove_suffix(1);
  }
  return rest;
}

bool is_whole(std::string_view text, TakeMember take) {
  StructuredScanner scanner(text);
  StructuredMember member;
  while (!scanner.is_done()) {
    if (!(scanner.*take)(member) || !scanner.take_separator()) {
      return false;
    }
  }
  return true;
}

bool take_next(std::string_view& text, StructuredMember& member, TakeMember take) {
  StructuredScanner scanner(text);
  if (scanner.is_done() || !(scanner.*take)(member) || !scanner.take_separator()) {
    return false;
  }
  text = scanner.rest();
  return true;
}

std::string unescaped(std::string_view raw) {
  std::string out;
  for (std::size_t i = 0; i < raw.size(); ++i) {
    i += raw[i] == '\\' && i + 1 < raw.size() ? 1 : 0;
    out += raw[i];
  }
  return out;
}

}  // namespace

std::optional<std::int64_t> BareItem::as_integer() const {
  return kind == Kind::integer ? std::optional(number) : std::nullopt;
}

std::optional<bool> BareItem::as_boolean() const {
  return kind == Kind::boolean ? std::optional(number != 0) : std::nullopt;
}

std::string BareItem::text() const {
  switch (kind) {
    case Kind::string:
      return unescaped(raw);
    case Kind::token:
      return std::string(raw);
    case Kind::byte_sequence:
      return base::parse_base64(raw).value_or("");
    case Kind::display_string:
      return decode_display_string(raw).value_or("");
    default:
      return {};
  }
}

bool Parameters::next(std::string_view& key, BareItem& value) {
  // What was checked leniently is read leniently; what was checked strictly has no such white space.
  StructuredScanner scanner(text_, StructuredScanner::Spacing::lenient);
  scanner.skip_white_space();
  if (!scanner.starts_with(';') || !scanner.take_parameter(key, value)) {
    return false;
  }
  text_ = scanner.rest();
  return true;
}

std::optional<BareItem> Parameters::find(std::string_view key) const {
  Parameters rest = *this;
  std::optional<BareItem> found;
  std::string_view name;
  BareItem value;
  while (rest.next(name, value)) {
    if (name == key) {
      found = value;
    }
  }
  return found;
}

bool InnerList::next(StructuredItem& item) {
  StructuredScanner scanner(text_);
  scanner.skip_spaces();
  if (scanner.is_done() || !scanner.take_item(item)) {
    return false;
  }
  text_ = scanner.rest();
  return true;
}

bool StructuredList::next(StructuredMember& member) {
  return take_next(text_, member, &StructuredScanner::take_list_member);
}

bool StructuredDictionary::next(StructuredMember& member) {
  return take_next(text_, member, &StructuredScanner::take_dictionary_member);
}

std::optional<StructuredMember> StructuredDictionary::find(std::string_view key) const {
  StructuredDictionary rest = *this;
  std::optional<StructuredMember> found;
  StructuredMember member;
  while (rest.next(member)) {
    if (member.key == key) {
      found = member;
    }
  }
  return found;
}

std::optional<StructuredItem> parse_structured_item(std::string_view value) {
  StructuredScanner scanner(without_spaces_around(value));
  StructuredItem item;
  return scanner.take_item(item) && scanner.is_done() ? std::optional(item) : std::nullopt;
}

std::optional<StructuredList> parse_structured_list(std::string_view value) {
  const std::string_view text = without_spaces_around(value);
  return is_whole(text, &StructuredScanner::take_list_member) ? std::optional(StructuredList(text)) : std::nullopt;
}

std::optional<StructuredDictionary> parse_structured_dictionary(std::string_view value) {
  const std::string_view text = without_spaces_around(value);
  return is_whole(text, &StructuredScanner::take_dictionary_member) ? std::optional(StructuredDictionary(text))
                                                                    : std::nullopt;
}

std::optional<StructuredItem> parse_lenient_item(std::string_view member) {
  StructuredScanner scanner(member, StructuredScanner::Spacing::lenient);
  StructuredItem item;
  if (!scanner.take_item(item)) {
    return std::nullopt;
  }
  scanner.skip_white_space();
  return scanner.is_done() ? std::optional(item) : std::nullopt;
}

}  // namespace cachewitness::http
