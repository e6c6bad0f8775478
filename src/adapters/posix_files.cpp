#include "adapters/posix_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "adapters/file_error.h"
#include "adapters/posix_input.h"
#include "adapters/posix_output.h"
#include "adapters/replacing_output.h"
#include "adapters/unique_fd.h"
#include "adapters/zstd_input.h"
#include "adapters/zstd_output.h"

namespace cachewitness::adapters {

namespace {

bool is_compressed(const std::string& path) { return path.ends_with(".zst"); }

// A duplicate, so that closing our file leaves the process its standard streams.
UniqueFd duplicate(int fd) { return UniqueFd(::fcntl(fd, F_DUPFD_CLOEXEC, 3)); }

base::Result<std::unique_ptr<ports::OutputFile>> compressed_if_named_so(const std::string& path,
                                                                        std::unique_ptr<ports::OutputFile> file) {
  if (is_compressed(path)) {
    return std::make_unique<ZstdOutput>(path, std::move(file));
  }
  return file;
}

std::unique_ptr<ports::InputFile> decompressed_if_named_so(const std::string& path, UniqueFd fd) {
  std::unique_ptr<ports::InputFile> file = std::make_unique<PosixInput>(path, std::move(fd));
  if (is_compressed(path)) {
    return std::make_unique<ZstdInput>(path, std::move(file));
  }
  return file;
}

base::Result<std::string> read_whole(ports::InputFile& file, const std::string& path, std::size_t limit) {
  constexpr std::size_t chunk_bytes = std::size_t{256} << 10;
  std::string content;
  while (true) {
    const auto chunk = file.read(std::min(chunk_bytes, limit - content.size() + 1));
    if (!chunk) {
      return std::unexpected(chunk.error());
    }
    if (chunk->empty()) {
      return content;
    }
    content.append(*chunk);
    if (content.size() > limit) {
      return base::fail(base::errors::unreadable_file,
                        fmt::format("{} is larger than the {} bytes allowed here; check that it is the right file",
                                    shown_path(path, "standard input"), limit));
    }
  }
}

}  // namespace

base::Result<std::string> PosixFiles::read_all(const std::string& path, std::size_t limit) {
  auto file = open(path);
  if (!file) {
    return std::unexpected(std::move(file).error());
  }
  return read_whole(**file, path, limit);
}

base::Result<std::string> PosixFiles::read_private(const std::string& path, std::size_t limit) {
  // Without waiting: a pipe that somebody put there must not hold us up before it is refused.
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  struct stat status{};
  if (!fd.is_open() || ::fstat(fd.get(), &status) != 0) {
    return std::unexpected(unreadable_file(path, errno));
  }
  if (!S_ISREG(status.st_mode) || status.st_uid != ::geteuid() || (status.st_mode & 077) != 0) {
    return base::fail(base::errors::unreadable_file,
                      fmt::format("{} is not a file of this user alone; remove it", shown_path(path, "")));
  }
  return read_whole(*decompressed_if_named_so(path, std::move(fd)), path, limit);
}

base::Result<std::unique_ptr<ports::InputFile>> PosixFiles::open(const std::string& path) {
  UniqueFd fd = path == "-" ? duplicate(STDIN_FILENO) : UniqueFd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status{};
  if (!fd.is_open() || ::fstat(fd.get(), &status) != 0) {
    return std::unexpected(unreadable_file(path, errno));
  }
  if (S_ISDIR(status.st_mode)) {
    return std::unexpected(unreadable_file(path, EISDIR));
  }
  return decompressed_if_named_so(path, std::move(fd));
}

base::Result<std::unique_ptr<ports::OutputFile>> PosixFiles::create(const std::string& path) {
  UniqueFd fd = path == "-" ? duplicate(STDOUT_FILENO)
                            : UniqueFd(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0666));
  if (!fd.is_open()) {
    return std::unexpected(unwritable_file(path, errno));
  }
  return compressed_if_named_so(path, std::make_unique<PosixOutput>(path, std::move(fd)));
}

base::Result<std::unique_ptr<ports::OutputFile>> PosixFiles::replace(const std::string& path) {
  struct stat status{};
  const bool is_there = path != "-" && ::stat(path.c_str(), &status) == 0;
  if (path == "-" || (is_there && !S_ISREG(status.st_mode))) {
    return create(path);
  }
  auto file = ReplacingOutput::open(path, ReplacingOutput::Readers::as_before);
  if (!file) {
    return std::unexpected(std::move(file).error());
  }
  return compressed_if_named_so(path, std::move(*file));
}

base::Result<std::unique_ptr<ports::OutputFile>> PosixFiles::replace_private(const std::string& path) {
  auto file = ReplacingOutput::open(path, ReplacingOutput::Readers::owner);
  if (!file) {
    return std::unexpected(std::move(file).error());
  }
  return compressed_if_named_so(path, std::move(*file));
}

bool PosixFiles::exists(const std::string& path) const { return path == "-" || ::access(path.c_str(), F_OK) == 0; }

base::Result<void> PosixFiles::make_folder(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) {
    return std::unexpected(unwritable_file(path, error.value()));
  }
  return {};
}

base::Result<std::vector<ports::FolderEntry>> PosixFiles::list(const std::string& path) {
  std::vector<ports::FolderEntry> entries;
  std::error_code error;
  for (std::filesystem::directory_iterator at(path, error); !error && at != std::filesystem::directory_iterator();
       at.increment(error)) {
    const std::filesystem::file_status status = at->symlink_status(error);
    using Kind = ports::FolderEntry::Kind;
    const Kind kind = std::filesystem::is_symlink(status)        ? Kind::link
                      : std::filesystem::is_directory(status)    ? Kind::folder
                      : std::filesystem::is_regular_file(status) ? Kind::file
                                                                 : Kind::other;
    const auto executable = status.permissions() & std::filesystem::perms::owner_exec;
    entries.push_back({at->path().filename().string(), kind, executable != std::filesystem::perms::none});
  }
  if (error) {
    return std::unexpected(unreadable_file(path, error.value()));
  }
  std::ranges::sort(entries, {}, &ports::FolderEntry::name);
  return entries;
}

base::Result<std::string> PosixFiles::canonical(const std::string& path) {
  std::error_code error;
  const std::filesystem::path found = std::filesystem::canonical(path, error);
  if (error) {
    return std::unexpected(unreadable_file(path, error.value()));
  }
  return found.string();
}

void PosixFiles::remove(const std::string& path) { ::unlink(path.c_str()); }

}  // namespace cachewitness::adapters
