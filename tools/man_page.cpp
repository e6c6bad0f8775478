// Prints docs/man/cachewitness.1 from the command line's own table.
#include <cstdio>

#include "app/command_line.h"

int main() {
  std::fputs(cachewitness::app::command_line_manual().c_str(), stdout);
  return 0;
}
