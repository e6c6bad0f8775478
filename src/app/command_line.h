// The command line: contract section 2.
#pragma once

namespace cachewitness::app {

// Returns the exit code. Never throws.
int run_command_line(int argc, char** argv);

}  // namespace cachewitness::app
