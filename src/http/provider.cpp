#include "http/provider.h"

#include <algorithm>

#include "base/text.h"
#include "http/provider_table.h"
#include "http/via.h"

namespace cachewitness::http {

namespace {

// The names are short ASCII, so folding case byte by byte is enough.
bool starts_with_ignoring_case(std::string_view text, std::string_view prefix) {
  return text.size() >= prefix.size() && base::equals_ignoring_case(text.substr(0, prefix.size()), prefix);
}

bool contains_ignoring_case(std::string_view text, std::string_view part) {
  while (text.size() >= part.size()) {
    if (starts_with_ignoring_case(text, part)) {
      return true;
    }
    text.remove_prefix(1);
  }
  return false;
}

bool matches(const ProviderSign& sign, std::string_view value) {
  if (sign.strength == ProviderSign::Strength::last_via) {
    value = last_via_member(value);
  }
  switch (sign.match) {
    case ProviderSign::Match::present:
      return true;
    case ProviderSign::Match::prefix:
      return starts_with_ignoring_case(value, sign.text);
    case ProviderSign::Match::part:
      return contains_ignoring_case(value, sign.text);
  }
  return false;
}

// The strongest sign that is there; null where none is.
const ProviderSign* strongest_sign(const ProviderRow& row, ProviderValues values) {
  const ProviderSign* strongest = nullptr;
  for (const ProviderSign& sign : row.signs) {
    const auto& value = values[sign.field];
    if (value && (strongest == nullptr || sign.strength > strongest->strength) && matches(sign, *value)) {
      strongest = &sign;
    }
  }
  return strongest;
}

// The next character that counts in a provider's name; NUL at the end.
char next_of_name(std::string_view& text) {
  while (!text.empty()) {
    const char c = text.front();
    text.remove_prefix(1);
    if (c != '-' && c != '_' && c != ' ' && c != '.') {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
  }
  return '\0';
}

bool is_same_name(std::string_view a, std::string_view b) {
  for (;;) {
    const char of_a = next_of_name(a);
    if (of_a != next_of_name(b)) {
      return false;
    }
    if (of_a == '\0') {
      return true;
    }
  }
}

}  // namespace

std::string_view slug(Provider provider) { return provider == Provider::unknown ? "unknown" : row_of(provider).slug; }

std::optional<Provider> find_provider(std::string_view text) {
  const auto rows = provider_rows();
  const auto found =
      std::ranges::find_if(rows, [text](const ProviderRow& row) { return is_same_name(row.slug, text); });
  return found == rows.end() ? std::nullopt : std::optional(found->provider);
}

std::span<const std::string_view> targeted_fields(Provider provider) {
  return provider == Provider::unknown ? std::span<const std::string_view>{} : row_of(provider).targeted;
}

Detection detect_provider(std::span<const std::optional<std::string_view>> values) {
  const ProviderSign* strongest = nullptr;
  Detection detection;
  for (const ProviderRow& row : provider_rows()) {
    const ProviderSign* sign = strongest_sign(row, values);
    if (sign == nullptr || (strongest != nullptr && sign->strength < strongest->strength)) {
      continue;
    }
    const bool is_tie = strongest != nullptr && sign->strength == strongest->strength;
    detection = is_tie ? Detection{} : Detection{row.provider, provider_fields()[sign->field]};
    strongest = sign;
  }
  return detection;
}

}  // namespace cachewitness::http
