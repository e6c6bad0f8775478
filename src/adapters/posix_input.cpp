#include "adapters/posix_input.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "adapters/file_error.h"

namespace cachewitness::adapters {

base::Result<std::string_view> PosixInput::read(std::size_t limit) {
  constexpr std::size_t max_buffer_bytes = std::size_t{1} << 20;
  const std::size_t wanted = std::min(limit, max_buffer_bytes);
  if (buffer_.size() < wanted) {
    buffer_.resize(wanted);
  }
  while (true) {
    const ssize_t got = ::read(fd_.get(), buffer_.data(), wanted);
    if (got >= 0) {
      return std::string_view(buffer_.data(), static_cast<std::size_t>(got));
    }
    if (errno == EAGAIN) {  // a standard input that somebody else made non-blocking
      pollfd ready{fd_.get(), POLLIN, 0};
      ::poll(&ready, 1, -1);
    } else if (errno != EINTR) {
      return std::unexpected(unreadable_file(path_, errno));
    }
  }
}

}  // namespace cachewitness::adapters
