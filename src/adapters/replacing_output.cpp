#include "adapters/replacing_output.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <utility>

#include <fmt/format.h>

#include "adapters/file_error.h"

namespace cachewitness::adapters {

namespace {

struct Place {
  std::string directory;
  std::string name;
};

Place split(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) {
    return {".", path};
  }
  return {slash == 0 ? "/" : path.substr(0, slash), path.substr(slash + 1)};
}

std::string follow_links(const std::string& path) {
  char* const resolved = ::realpath(path.c_str(), nullptr);
  std::string target = resolved != nullptr ? std::string(resolved) : path;  // nothing there yet: its own name
  ::free(resolved);
  return target;
}

// So that the new name survives a power cut. Some file systems cannot; the content is safe all the same.
void sync_directory(const std::string& directory) {
  const UniqueFd fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.is_open()) {
    ::fsync(fd.get());
  }
}

}  // namespace

base::Result<std::unique_ptr<ReplacingOutput>> ReplacingOutput::open(const std::string& path, Readers readers) {
  const bool is_private = readers == Readers::owner;
  std::string target = is_private ? path : follow_links(path);
  const Place place = split(target);
  struct stat old{};
  const bool has_mode = !is_private && ::stat(target.c_str(), &old) == 0;
  // Names that a killed run left behind are in the way; a handful of tries passes them.
  for (int attempt = 0; attempt < 16; ++attempt) {
    std::string hidden_path = fmt::format("{}/.{}.{}-{}.tmp", place.directory, place.name, ::getpid(), attempt);
    UniqueFd fd(::open(hidden_path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, is_private ? 0600 : 0666));
    if (fd.is_open()) {
      if (has_mode) {
        ::fchmod(fd.get(), old.st_mode & 07777);  // whoever could read the old report can read the new one
      }
      return std::unique_ptr<ReplacingOutput>(
          new ReplacingOutput(path, std::move(target), std::move(hidden_path), std::move(fd)));
    }
    if (errno != EEXIST) {
      break;
    }
  }
  return std::unexpected(unwritable_file(path, errno));
}

ReplacingOutput::ReplacingOutput(const std::string& path, std::string target, std::string hidden_path, UniqueFd fd)
    : path_(path), target_(std::move(target)), hidden_path_(std::move(hidden_path)), hidden_(path, std::move(fd)) {}

ReplacingOutput::~ReplacingOutput() {
  if (!hidden_path_.empty()) {
    ::unlink(hidden_path_.c_str());
  }
}

base::Result<void> ReplacingOutput::close() {
  if (hidden_path_.empty()) {
    return first_failure_;
  }
  auto closed = record(hidden_.close());
  if (first_failure_ && ::rename(hidden_path_.c_str(), target_.c_str()) != 0) {
    closed = record(std::unexpected(unwritable_file(path_, errno)));
  }
  if (!first_failure_) {
    ::unlink(hidden_path_.c_str());
    hidden_path_.clear();
    return first_failure_;
  }
  hidden_path_.clear();
  sync_directory(split(target_).directory);
  return closed;
}

base::Result<void> ReplacingOutput::record(base::Result<void> result) {
  if (!result && first_failure_) {
    first_failure_ = result;
  }
  return result;
}

}  // namespace cachewitness::adapters
