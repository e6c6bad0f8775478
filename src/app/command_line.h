// The command line: every command and every option.
#pragma once

#include <string>

namespace cachewitness::app {

// Returns the exit code. Never throws.
int run_command_line(int argc, char** argv);

// All that it takes, as the manual page (app/man_page.h).
[[nodiscard]] std::string command_line_manual();

}  // namespace cachewitness::app
