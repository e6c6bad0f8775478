// Structured Fields (RFC 9651): items, lists, inner lists, dictionaries and their parameters, as views into the value
// that was parsed. Parsing checks the whole value (RFC 9651 4.2: one fault and the field counts for nothing) and
// holds nothing, so a hostile peer makes us hold nothing either; members are read off what was checked.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cachewitness::http {

struct BareItem {
  enum class Kind : std::uint8_t { integer, decimal, string, token, byte_sequence, boolean, date, display_string };
  Kind kind = Kind::boolean;
  // integer: itself; decimal: thousandths; date: seconds since 1970; boolean: 0 or 1.
  std::int64_t number = 1;
  // token: itself; string, byte sequence, display string: what stands between the delimiters.
  std::string_view raw;

  [[nodiscard]] std::optional<std::int64_t> as_integer() const;
  [[nodiscard]] std::optional<bool> as_boolean() const;
  // A string unescaped, a byte sequence or a display string decoded, a token as it is; empty for any other.
  [[nodiscard]] std::string text() const;
};

// `;a=1;b`. RFC 9651 3.1.2: a key without a value is true.
class Parameters {
 public:
  Parameters() = default;
  // `checked` is what the parser accepted.
  explicit Parameters(std::string_view checked) : text_(checked) {}

  // As written, repetitions included. False at the end.
  bool next(std::string_view& key, BareItem& value);
  // RFC 9651 4.2.3.2: the last of that key counts.
  [[nodiscard]] std::optional<BareItem> find(std::string_view key) const;
  [[nodiscard]] bool is_empty() const { return text_.empty(); }

 private:
  std::string_view text_;
};

struct StructuredItem {
  BareItem value;
  Parameters parameters;
};

// Items between parentheses, taken off one after the other.
class InnerList {
 public:
  InnerList() = default;
  explicit InnerList(std::string_view checked) : text_(checked) {}
  bool next(StructuredItem& item);

 private:
  std::string_view text_;
};

// A member of a list or a dictionary: one item, or an inner list with parameters of its own.
struct StructuredMember {
  std::string_view key;  // of a dictionary; empty in a list
  bool is_inner_list = false;
  StructuredItem item;  // of an inner list: the parameters alone
  InnerList inner;
};

// Members in order, taken off one after the other.
class StructuredList {
 public:
  explicit StructuredList(std::string_view checked) : text_(checked) {}
  bool next(StructuredMember& member);

 private:
  std::string_view text_;
};

class StructuredDictionary {
 public:
  explicit StructuredDictionary(std::string_view checked) : text_(checked) {}
  // As written, repetitions included.
  bool next(StructuredMember& member);
  // RFC 9651 4.2.2: the last of that key counts.
  [[nodiscard]] std::optional<StructuredMember> find(std::string_view key) const;

 private:
  std::string_view text_;
};

// RFC 9651 4.2, each from a field's lines joined by ", "; nothing where the value is not as the RFC has it. Views
// point into `value`. An empty list or dictionary is a valid one.
[[nodiscard]] std::optional<StructuredItem> parse_structured_item(std::string_view value);
[[nodiscard]] std::optional<StructuredList> parse_structured_list(std::string_view value);
[[nodiscard]] std::optional<StructuredDictionary> parse_structured_dictionary(std::string_view value);

// One member of a list of items as real caches write it: white space may also stand before a semicolon.
[[nodiscard]] std::optional<StructuredItem> parse_lenient_item(std::string_view member);

}  // namespace cachewitness::http
