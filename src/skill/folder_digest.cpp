#include "skill/folder_digest.h"

#include <algorithm>

#include "base/json_writer.h"

namespace cachewitness::skill {

base::Digest folder_digest(std::vector<FolderFile> files, const Sha256& sha256) {
  std::ranges::sort(files, {}, &FolderFile::path);
  std::string text;
  base::JsonWriter json(text, base::JsonWriter::Layout::compact);  // so that no path can pass for two
  json.begin_array();
  for (const FolderFile& file : files) {
    json.begin_array();
    json.value(file.path);
    json.value(file.is_executable);
    json.value(file.content.hex());
    json.end_array();
  }
  json.end_array();
  return sha256(text);
}

}  // namespace cachewitness::skill
