#include "adapters/posix_synced_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include <fmt/format.h>

namespace cachewitness::adapters {

namespace {

std::unexpected<base::Error> trouble(const std::string& path, const std::string& what) {
  return base::fail(base::errors::unwritable_file, fmt::format("{}: {}", path, what));
}

// Two processes would send every call twice.
bool is_ours(int fd) { return ::flock(fd, LOCK_EX | LOCK_NB) == 0; }

// A file that is new is on the disk when its folder is.
bool sync_folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const UniqueFd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return fd.get() >= 0 && ::fsync(fd.get()) == 0;
}

// Where the last whole line ends.
base::Result<off_t> whole_bytes(const std::string& path, int fd) {
  struct stat info = {};
  if (::fstat(fd, &info) != 0) {
    return trouble(path, std::strerror(errno));
  }
  for (off_t end = info.st_size; end > 0; --end) {
    char last = 0;
    if (::pread(fd, &last, 1, end - 1) != 1) {
      return trouble(path, std::strerror(errno));
    }
    if (last == '\n') {
      return end;
    }
  }
  return 0;
}

}  // namespace

base::Result<std::unique_ptr<PosixSyncedFile>> PosixSyncedFile::create(const std::string& path) {
  UniqueFd fd(::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (fd.get() < 0) {
    return trouble(path, errno == EEXIST ? std::string("it is there already, from another purge; finish that one with "
                                                       "--resume, or name another file")
                                         : std::string(std::strerror(errno)));
  }
  if (!is_ours(fd.get())) {
    return trouble(path, "another process writes to it; wait until it has ended");
  }
  if (!sync_folder_of(path)) {
    return trouble(path, std::strerror(errno));
  }
  return std::unique_ptr<PosixSyncedFile>(new PosixSyncedFile(path, std::move(fd)));
}

base::Result<std::unique_ptr<PosixSyncedFile>> PosixSyncedFile::extend(const std::string& path) {
  UniqueFd fd(::open(path.c_str(), O_RDWR | O_APPEND | O_CLOEXEC));
  if (fd.get() < 0) {
    return trouble(path, std::strerror(errno));
  }
  if (!is_ours(fd.get())) {
    return trouble(path, "another process writes to it; wait until it has ended");
  }
  const auto whole = whole_bytes(path, fd.get());
  if (!whole) {
    return std::unexpected(whole.error());
  }
  if (::ftruncate(fd.get(), *whole) != 0) {
    return trouble(path, std::strerror(errno));
  }
  return std::unique_ptr<PosixSyncedFile>(new PosixSyncedFile(path, std::move(fd)));
}

base::Result<void> PosixSyncedFile::append(std::string_view lines) {
  while (!lines.empty()) {
    const ssize_t written = ::write(fd_.get(), lines.data(), lines.size());
    if (written < 0 && errno == EINTR) {
      continue;
    }
    if (written < 0) {
      return trouble(path_, std::strerror(errno));
    }
    lines.remove_prefix(static_cast<std::size_t>(written));
  }
  return ::fdatasync(fd_.get()) == 0 ? base::Result<void>() : trouble(path_, std::strerror(errno));
}

}  // namespace cachewitness::adapters
