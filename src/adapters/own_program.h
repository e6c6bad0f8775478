// Where the program that runs lies, to start it again as a child.
#pragma once

#include <string>

namespace cachewitness::adapters {

// Absolute; "/proc/self/exe" where the kernel does not say.
[[nodiscard]] std::string own_program();

}  // namespace cachewitness::adapters
