// Vary (RFC 9110 12.5.5) as a set of field names.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cachewitness::http {

struct Vary {
  bool is_any = false;             // a member "*"
  std::vector<std::string> names;  // lower case, sorted, each once; without "*"

  friend bool operator==(const Vary&, const Vary&) = default;

  [[nodiscard]] bool has(std::string_view name) const;
  [[nodiscard]] bool is_empty() const { return !is_any && names.empty(); }
};

[[nodiscard]] Vary parse_vary(std::string_view value);

}  // namespace cachewitness::http
