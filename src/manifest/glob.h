// Globs as manifests and command lines write them; the matching itself is base/text.h's.
#pragma once

#include <string>
#include <string_view>

namespace cachewitness::manifest {

// Whether the text has any of "*?[,": otherwise it is the exact name of one thing.
[[nodiscard]] bool is_glob(std::string_view text);
// Empty where the glob is well formed; otherwise what is wrong with it, a regular expression included.
[[nodiscard]] std::string glob_fault(std::string_view glob);

}  // namespace cachewitness::manifest
