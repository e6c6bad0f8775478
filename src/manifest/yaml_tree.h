// YAML text as a tree of mappings, sequences and scalars, each with its place in the text. Knows nothing
// of what a manifest may say. Hostile text is refused here: anchors, aliases, tags, further documents,
// duplicate keys, control characters, more than 1 MiB, deeper than 64.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace cachewitness::manifest {

inline constexpr std::size_t max_manifest_bytes = std::size_t{1} << 20;
inline constexpr std::size_t max_yaml_depth = 64;

// Lines and columns count from 1.
struct YamlKey {
  std::string name;
  std::uint32_t line = 0;
  std::uint32_t column = 0;
};

struct YamlNode {
  enum class Kind : std::uint8_t { scalar, sequence, mapping };

  Kind kind = Kind::scalar;
  std::string text;                // a scalar's
  bool is_plain = true;            // a scalar without quotes: 5 is a number, "5" is text
  std::vector<YamlKey> keys;       // a mapping's, in the order of the text
  std::vector<YamlNode> children;  // a sequence's items; a mapping's values, by the index of their key
  std::uint32_t line = 0;
  std::uint32_t column = 0;

  // Nothing or `null` written where a value could stand.
  [[nodiscard]] bool is_null() const;
  [[nodiscard]] const YamlNode* find(std::string_view key) const;
};

// `file` is for messages, and so is `noun`, what the text is. The first fault of the text ends the reading; duplicate
// keys are all told.
[[nodiscard]] std::expected<YamlNode, base::Errors> parse_yaml(std::string_view text, const std::string& file,
                                                               std::string_view noun = "manifest");

}  // namespace cachewitness::manifest
