// What differs between any two answers of one healthy cache, and so is no difference between environments.
// docs/parity.md shows this table.
#pragma once

#include <span>
#include <string_view>

namespace cachewitness::parity {

struct NaturalField {
  std::string_view name;  // a glob, lower case
  std::string_view why;
};

[[nodiscard]] std::span<const NaturalField> natural_fields();
// `name` in lower case.
[[nodiscard]] bool is_natural(std::string_view name);

}  // namespace cachewitness::parity
