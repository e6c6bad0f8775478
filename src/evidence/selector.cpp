#include "evidence/selector.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <utility>
#include <variant>

namespace cachewitness::evidence {

namespace {

using Lines = std::vector<const manifest::VariantHeader*>;

Lines lines_of(const manifest::Variant& variant, const std::string& field) {
  Lines lines;
  for (const manifest::VariantHeader& header : variant.headers) {
    if (header.name == field) {
      lines.push_back(&header);
    }
  }
  return lines;
}

bool are_equal(const Lines& a, const Lines& b) {
  return std::ranges::equal(a, b, [](const manifest::VariantHeader* one, const manifest::VariantHeader* other) {
    const auto* text = std::get_if<std::string>(&one->value);
    const auto* other_text = std::get_if<std::string>(&other->value);
    return text != nullptr && other_text != nullptr && *text == *other_text;
  });
}

}  // namespace

std::vector<Selector> selectors_of(const std::vector<manifest::Variant>& variants) {
  std::map<std::string, std::vector<Lines>> fields;  // with the values that were seen
  for (const manifest::Variant& variant : variants) {
    for (const manifest::VariantHeader& header : variant.headers) {
      fields.try_emplace(header.name);
    }
  }
  std::vector<Selector> selectors;
  for (auto& [field, known] : fields) {
    Selector selector{field, {}};
    for (const manifest::Variant& variant : variants) {
      Lines lines = lines_of(variant, field);
      const auto same = std::ranges::find_if(known, [&](const Lines& other) { return are_equal(lines, other); });
      const auto number = static_cast<std::uint32_t>(same - known.begin()) + 1;
      selector.values.push_back(lines.empty() ? 0 : number);
      if (!lines.empty() && same == known.end()) {
        known.push_back(std::move(lines));
      }
    }
    selectors.push_back(std::move(selector));
  }
  return selectors;
}

}  // namespace cachewitness::evidence
