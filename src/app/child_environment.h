// What the user's own programs see of our environment.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "ports/environment.h"

namespace cachewitness::app {

// A program is found and speaks UTF-8 without being told; anything else must be named in the manifest. What is not set
// is left out.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> child_environment(const ports::Environment& environment,
                                                                                 const std::vector<std::string>& named);

}  // namespace cachewitness::app
