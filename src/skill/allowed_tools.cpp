#include "skill/allowed_tools.h"

#include <algorithm>

#include <fmt/format.h>

namespace cachewitness::skill {

namespace {

bool matches(std::string_view tool, std::string_view command_line) {
  if (tool == "Bash" || tool == "Bash(*)" || tool == "Bash(:*)") {
    return true;
  }
  if (!tool.starts_with("Bash(") || !tool.ends_with(')')) {
    return false;
  }
  std::string_view pattern = tool.substr(5, tool.size() - 6);
  const bool is_prefix = pattern.ends_with(":*") || pattern.ends_with(" *");
  pattern.remove_suffix(is_prefix ? 2 : 0);
  return command_line == pattern ||
         (is_prefix && command_line.starts_with(pattern) && command_line.substr(pattern.size()).starts_with(' '));
}

}  // namespace

bool allows(const Frontmatter& frontmatter, std::span<const std::string> argv) {
  const std::string command_line = fmt::format("{}", fmt::join(argv, " "));
  return !frontmatter.limits_tools || std::ranges::any_of(frontmatter.allowed_tools, [&](const std::string& tool) {
    return matches(tool, command_line);
  });
}

}  // namespace cachewitness::skill
