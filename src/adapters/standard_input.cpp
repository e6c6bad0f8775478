#include "adapters/standard_input.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include <fmt/format.h>

#include "adapters/interrupts.h"
#include "adapters/system_error.h"

namespace cachewitness::adapters {

namespace {

// How long a signal that arrived between the question and the wait may go unnoticed.
constexpr int interrupt_check_interval_ms = 100;

}  // namespace

base::Result<std::string_view> StandardInput::read(std::size_t limit) {
  while (!pending_interrupt()) {
    pollfd ready{STDIN_FILENO, POLLIN, 0};
    if (::poll(&ready, 1, interrupt_check_interval_ms) <= 0) {
      continue;
    }
    const ssize_t got = ::read(STDIN_FILENO, buffer_.data(), std::min(limit, buffer_.size()));
    if (got >= 0) {
      return std::string_view(buffer_.data(), static_cast<std::size_t>(got));
    }
    if (errno != EINTR && errno != EAGAIN) {
      return base::fail(base::errors::unreadable_file,
                        fmt::format("standard input: {}; give a pipe, as a client does", system_error_text(errno)));
    }
  }
  return std::string_view();
}

}  // namespace cachewitness::adapters
