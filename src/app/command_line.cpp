#include "app/command_line.h"

#include <cstdio>

#include "base/error.h"

namespace cachewitness::app {

int run_command_line(int, char**) {
  std::fputs("cachewitness: no command is wired yet\n", stderr);
  return static_cast<int>(base::ExitCode::usage);
}

}  // namespace cachewitness::app
