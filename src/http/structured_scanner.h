// StructuredScanner: the grammar of Structured Fields (RFC 9651 4.2), read off the front of a text. What
// structured_field.h is made of.
#pragma once

#include <string_view>

#include "http/structured_field.h"

namespace cachewitness::http {

class StructuredScanner {
 public:
  enum class Spacing : bool {
    strict,
    lenient,  // white space before a semicolon is skipped
  };
  explicit StructuredScanner(std::string_view text, Spacing spacing = Spacing::strict)
      : rest_(text), spacing_(spacing) {}

  // Each takes one thing off the front; false where it is not there, and then the scanner is of no further use.
  bool take_bare_item(BareItem& item);
  bool take_key(std::string_view& key);
  bool take_parameter(std::string_view& key, BareItem& value);
  bool take_parameters(Parameters& parameters);
  bool take_item(StructuredItem& item);
  // Of an item or an inner list, with its parameters.
  bool take_list_member(StructuredMember& member);
  bool take_dictionary_member(StructuredMember& member);
  // Between members: true at the end, or where a comma and another member follow.
  bool take_separator();

  void skip_spaces();
  void skip_white_space();  // RFC 9110 5.6.3: tabs too
  [[nodiscard]] bool is_done() const { return rest_.empty(); }
  [[nodiscard]] bool starts_with(char c) const { return rest_.starts_with(c); }
  [[nodiscard]] std::string_view rest() const { return rest_; }

 private:
  bool take_number(BareItem& item);
  bool take_date(BareItem& item);
  bool take_string(BareItem& item);
  bool take_token(BareItem& item);
  bool take_byte_sequence(BareItem& item);
  bool take_boolean(BareItem& item);
  bool take_display_string(BareItem& item);
  bool take_inner_list(StructuredMember& member);

  std::string_view rest_;
  Spacing spacing_;
};

// RFC 9651 4.2.10: percent-decoded UTF-8 out of what stands between the quotes; nothing where it is not such.
[[nodiscard]] std::optional<std::string> decode_display_string(std::string_view raw);

}  // namespace cachewitness::http
