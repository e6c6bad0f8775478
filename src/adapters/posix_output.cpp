#include "adapters/posix_output.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>

#include "adapters/file_error.h"

namespace cachewitness::adapters {

namespace {

constexpr std::size_t max_gathered_bytes = std::size_t{64} << 10;

// Pipes, terminals and devices have no disk behind them.
bool is_without_disk(int error) { return error == EINVAL || error == ENOTSUP || error == EROFS; }

}  // namespace

PosixOutput::~PosixOutput() {
  if (fd_.is_open()) {
    static_cast<void>(flush());  // a caller who wants to know calls close()
  }
}

base::Result<void> PosixOutput::write(std::string_view bytes) {
  if (gathered_.size() + bytes.size() <= max_gathered_bytes) {
    gathered_.append(bytes);
    return {};
  }
  if (auto flushed = flush(); !flushed) {
    return flushed;
  }
  return write_out(bytes);
}

base::Result<void> PosixOutput::flush() {
  auto written = write_out(gathered_);
  gathered_.clear();  // on failure too: half of it may be out, and a second half would not fit behind it
  return written;
}

base::Result<void> PosixOutput::close() {
  if (!fd_.is_open()) {
    return {};
  }
  auto flushed = flush();
  const int synced = ::fsync(fd_.get());
  const int sync_error = synced == 0 || is_without_disk(errno) ? 0 : errno;
  // Network file systems report some losses only here.
  const int close_error = ::close(fd_.release()) == 0 || errno == EINTR ? 0 : errno;
  if (!flushed) {
    return flushed;
  }
  if (sync_error != 0 || close_error != 0) {
    return std::unexpected(unwritable_file(path_, sync_error != 0 ? sync_error : close_error));
  }
  return {};
}

base::Result<void> PosixOutput::write_out(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd_.get(), bytes.data(), bytes.size());
    if (written >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EAGAIN) {  // a standard output that somebody else made non-blocking
      pollfd ready{fd_.get(), POLLOUT, 0};
      ::poll(&ready, 1, -1);
    } else if (errno != EINTR) {
      return std::unexpected(unwritable_file(path_, errno));
    }
  }
  return {};
}

}  // namespace cachewitness::adapters
