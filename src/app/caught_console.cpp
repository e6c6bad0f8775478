#include "app/caught_console.h"

#include <algorithm>

namespace cachewitness::app {

namespace {
constexpr std::string_view program_prefix = "cachewitness: ";
}

std::vector<std::string> CaughtConsole::diagnostics() const {
  std::vector<std::string> lines;
  std::string_view rest = err_;
  while (!rest.empty()) {
    std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    if (line.starts_with(program_prefix)) {
      line.remove_prefix(program_prefix.size());
    }
    if (!line.empty()) {
      lines.emplace_back(line);
    }
  }
  return lines;
}

}  // namespace cachewitness::app
