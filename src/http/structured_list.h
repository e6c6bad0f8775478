// A List of Items with parameters (RFC 9651 3.1), as much of structured fields as Cache-Status needs:
// inner lists are refused. Tolerant: a member that does not parse is dropped, the rest is read.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace cachewitness::http {

struct BareItem {
  enum class Kind : unsigned char { token, string, number, boolean, bytes, date };
  Kind kind = Kind::token;
  std::string text;  // a string unescaped; a number, date or token as written; "?1" or "?0"
};

struct Parameter {
  std::string key;
  BareItem value;  // RFC 9651 3.1.2: `;hit` is `;hit=?1`
};

struct StructuredItem {
  BareItem value;
  std::vector<Parameter> parameters;

  // The last of that name (RFC 9651 4.2.3.2); null where there is none.
  [[nodiscard]] const BareItem* find(std::string_view key) const;
};

// What a hostile peer may make us hold.
inline constexpr std::size_t max_list_members = 64;
inline constexpr std::size_t max_item_parameters = 32;

[[nodiscard]] std::vector<StructuredItem> parse_structured_list(std::string_view value);

}  // namespace cachewitness::http
