// `allowed-tools` of the frontmatter, as an upper bound: what it does not name does not run. Never a permission.
#pragma once

#include <span>
#include <string>

#include "skill/frontmatter.h"

namespace cachewitness::skill {

// Whether a program may be run: `Bash` allows all, `Bash(python3:*)` what starts with these words, `Bash(git status)`
// exactly these. A skill without `allowed-tools` limits nothing.
[[nodiscard]] bool allows(const Frontmatter& frontmatter, std::span<const std::string> argv);

}  // namespace cachewitness::skill
