#include "app/diagnostics.h"

#include <csignal>

#include <algorithm>

#include "base/text.h"

namespace cachewitness::app {

namespace {
constexpr std::size_t longest_message = 2000;
}

int report_errors(const Ports& ports, const base::Errors& errors) {
  for (const base::Error& error : errors) {
    // Messages may quote what a file held.
    ports.console.err("cachewitness: " + base::printable(error.text(), longest_message) + "\n");
  }
  return exit_code_of(errors);
}

int report_error(const Ports& ports, const base::Error& error) { return report_errors(ports, {error}); }

int exit_code_of(const base::Errors& errors) {
  int code = 0;
  for (const base::Error& error : errors) {
    code = std::max(code, static_cast<int>(error.id.exit_code));
  }
  return code;
}

base::ExitCode exit_code_of(int signal) {
  return signal == SIGTERM ? base::ExitCode::terminated : base::ExitCode::interrupted;
}

}  // namespace cachewitness::app
