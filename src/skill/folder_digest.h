// What a skill's directory holds, as one digest: every file by its path, its mode and its bytes. What was pinned by it
// is refused once anything in it has changed.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"

namespace cachewitness::skill {

using Sha256 = std::function<base::Digest(std::string_view bytes)>;

struct FolderFile {
  std::string path;  // from the skill's directory, with '/'
  bool is_executable = false;
  base::Digest content;
};

inline constexpr std::size_t max_folder_files = 2000;
inline constexpr std::size_t max_folder_depth = 8;
inline constexpr std::size_t max_file_bytes = std::size_t{64} << 20;

[[nodiscard]] base::Digest folder_digest(std::vector<FolderFile> files, const Sha256& sha256);

}  // namespace cachewitness::skill
