// FileError: one sentence for each way in which a file can fail us: which file, what happened, what to do.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

namespace cachewitness::adapters {

// How a path is shown: quoted and escaped; "-" is the standard stream that `stream_name` says.
[[nodiscard]] std::string shown_path(const std::string& path, std::string_view stream_name);

[[nodiscard]] base::Error unreadable_file(const std::string& path, int error);
[[nodiscard]] base::Error unwritable_file(const std::string& path, int error);

}  // namespace cachewitness::adapters
