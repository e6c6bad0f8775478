// Frontmatter: the six keys of the Agent Skills format (agentskills.io/specification), their limits, and what the
// reference validator makes of the edges of YAML. `strict` is for who writes a skill, `lenient` for who runs it.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/result.h"
#include "skill/document.h"

namespace cachewitness::skill {

inline constexpr std::size_t max_name_characters = 64;
inline constexpr std::size_t max_description_characters = 1024;
inline constexpr std::size_t max_compatibility_characters = 500;

struct Frontmatter {
  std::string name;
  std::string description;
  std::string license;
  std::string compatibility;
  std::vector<std::pair<std::string, std::string>> metadata;
  std::vector<std::string> allowed_tools;  // "Bash(git:*)"
  bool limits_tools = false;               // the key is there, even where it allows nothing

  // Empty where there is no such key.
  [[nodiscard]] std::string_view metadata_value(std::string_view key) const;
};

struct ReadFrontmatter {
  Frontmatter frontmatter;
  base::Errors warnings;  // what `strict` would have refused
};

// `folder` is the name of the skill's directory, which its name must be. `strict`: any fault is an error. `lenient`:
// only where there is no name or no description to go by.
enum class Reading : std::uint8_t { strict, lenient };
[[nodiscard]] base::Result<ReadFrontmatter, base::Errors> read_frontmatter(const Document& document,
                                                                           const std::string& file,
                                                                           std::string_view folder, Reading reading);

}  // namespace cachewitness::skill
