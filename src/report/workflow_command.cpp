#include "report/workflow_command.h"

#include <fmt/format.h>

#include "base/text.h"

namespace cachewitness::report {

namespace {

// What the runner would read as the end of a command, a property or a line is percent-encoded; so is '%'.
std::string escaped(std::string_view text, std::string_view special) {
  std::string out;
  for (const char c : base::printable(text, 2000)) {
    if (special.find(c) != std::string_view::npos) {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace

std::string workflow_command(std::string_view level, std::string_view title, std::string_view message) {
  return fmt::format("::{} title={}::{}\n", level, escaped(title, "%\r\n:,"), escaped(message, "%\r\n"));
}

}  // namespace cachewitness::report
