// Vary (RFC 9110 12.5.5) as a set of field names, and whether two requests are alike in them (RFC 9111 4.1).
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "http/head.h"

namespace cachewitness::http {

struct Vary {
  bool is_any = false;             // a member "*"
  std::vector<std::string> names;  // lower case, sorted, each once; without "*"

  friend bool operator==(const Vary&, const Vary&) = default;

  [[nodiscard]] bool has(std::string_view name) const;
  [[nodiscard]] bool is_empty() const { return !is_any && names.empty(); }
  // RFC 9111 4.1: whether a response to the one request may be used for the other. Lines are joined, and white space
  // around commas does not count; a field that is absent matches only where it is absent. "*" matches nothing.
  [[nodiscard]] bool matches(std::span<const Field> original, std::span<const Field> presented) const;
};

[[nodiscard]] Vary parse_vary(std::string_view value);

}  // namespace cachewitness::http
