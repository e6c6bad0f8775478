#include "adapters/posix_console.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "adapters/file_error.h"

namespace cachewitness::adapters {

namespace {

bool write_whole(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) {
      continue;
    }
    if (written <= 0) {
      return false;
    }
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

bool PosixConsole::out(std::string_view text) {
  if (write_whole(STDOUT_FILENO, text)) {
    return true;
  }
  if (!failure_) {
    failure_ = unwritable_file("-", errno);
  }
  return false;
}
// Where stderr is gone there is nobody left to tell.
void PosixConsole::err(std::string_view text) { static_cast<void>(write_whole(STDERR_FILENO, text)); }
bool PosixConsole::out_is_terminal() const { return isatty(STDOUT_FILENO) == 1; }
bool PosixConsole::err_is_terminal() const { return isatty(STDERR_FILENO) == 1; }

int PosixConsole::width() const {
  constexpr int where_unknown = 100;
  constexpr int narrowest = 40;
  winsize size{};
  const int terminal = out_is_terminal() ? STDOUT_FILENO : STDERR_FILENO;
  if (ioctl(terminal, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) {
    return where_unknown;
  }
  return std::max<int>(size.ws_col, narrowest);
}

}  // namespace cachewitness::adapters
