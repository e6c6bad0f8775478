#include "library/library_ports.h"

#include <csignal>
#include <string_view>

#include "adapters/processors.h"
#include "app/real_ports.h"

namespace cachewitness::library {

namespace {
constexpr std::string_view program_prefix = "cachewitness: ";
}

std::optional<int> LibraryPorts::StopInterrupts::pending() const {
  return stop_.stop_requested() ? std::optional(SIGINT) : std::nullopt;
}

LibraryPorts::LibraryPorts(std::unique_ptr<ports::Network> network, const std::stop_token& stop)
    : interrupts_(stop), processes_([stop] { return stop.stop_requested(); }), network_(std::move(network)) {}

base::Result<std::unique_ptr<LibraryPorts>> LibraryPorts::make(std::stop_token stop) {
  auto network = app::make_network();
  if (!network) {
    return std::unexpected(std::move(network).error());
  }
  return std::unique_ptr<LibraryPorts>(new LibraryPorts(std::move(*network), stop));
}

app::Ports LibraryPorts::ports() {
  return {clock_,
          entropy_,
          environment_,
          files_,
          processes_,
          resolver_,
          *network_,
          console_,
          interrupts_,
          app::make_network,
          adapters::usable_processors()};
}

std::vector<std::string> LibraryPorts::warnings() const {
  std::vector<std::string> lines;
  std::string_view rest = console_.text();
  while (!rest.empty()) {
    std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    if (line.starts_with(program_prefix)) {
      line.remove_prefix(program_prefix.size());
    }
    lines.emplace_back(line);
  }
  return lines;
}

}  // namespace cachewitness::library
