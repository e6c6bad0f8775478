// Selectors: which request header fields tell the variants of a run apart, without what these hold, which may be a
// secret. With them the judge knows whether a response's Vary is about what was varied (RFC 9110 12.5.5).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "manifest/ids.h"
#include "manifest/variant.h"

namespace cachewitness::evidence {

struct Selector {
  std::string field;  // lower case
  // By VariantId: equal numbers stand for equal values, 0 for a variant that does not send the field.
  std::vector<std::uint32_t> values;

  [[nodiscard]] bool tells_apart(manifest::VariantId a, manifest::VariantId b) const {
    return values.at(a.index()) != values.at(b.index());
  }

  friend bool operator==(const Selector&, const Selector&) = default;
};

// Sorted by field. `variants` in the order of their ids. A secret counts as unlike any other value.
[[nodiscard]] std::vector<Selector> selectors_of(const std::vector<manifest::Variant>& variants);

}  // namespace cachewitness::evidence
