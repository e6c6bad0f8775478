#include "adapters/file_error.h"

#include <cerrno>

#include <fmt/format.h>

#include "adapters/system_error.h"
#include "base/text.h"

namespace cachewitness::adapters {

namespace {

std::string_view reading_advice(int error) {
  switch (error) {
    case EACCES:
    case EPERM:
      return "check its permissions";
    case EISDIR:
      return "name a file in it";
    case EMFILE:
    case ENFILE:
      return "raise `ulimit -n`";
    default:
      return "check the path";
  }
}

std::string_view writing_advice(int error) {
  switch (error) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return "free space or give another path";
    case ENOENT:
      return "create its directory first or give another path";
    case EACCES:
    case EPERM:
    case EROFS:
      return "check its permissions or give another path";
    case EISDIR:
      return "name a file in it";
    case ENOTDIR:
      return "a directory in the path is a file; give another path";
    case EPIPE:
      return "its reader has gone";
    case EMFILE:
    case ENFILE:
      return "raise `ulimit -n`";
    default:
      return "give another path";
  }
}

}  // namespace

std::string shown_path(const std::string& path, std::string_view stream_name) {
  return path == "-" ? std::string(stream_name) : fmt::format("\"{}\"", base::printable(path, 4096));
}

base::Error unreadable_file(const std::string& path, int error) {
  return {base::errors::unreadable_file,
          fmt::format("cannot read {}: {}; {}", shown_path(path, "standard input"), system_error_text(error),
                      reading_advice(error)),
          std::nullopt};
}

base::Error unwritable_file(const std::string& path, int error) {
  return {base::errors::unwritable_file,
          fmt::format("cannot write {}: {}; {}", shown_path(path, "standard output"), system_error_text(error),
                      writing_advice(error)),
          std::nullopt};
}

}  // namespace cachewitness::adapters
