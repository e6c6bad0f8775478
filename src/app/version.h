// The version that files, reports and the User-Agent carry: CMake's project version.
#pragma once

#include <string_view>

namespace cachewitness::app {

inline constexpr std::string_view version = CACHEWITNESS_VERSION;

}  // namespace cachewitness::app
