#include "library/library_ports.h"

#include <csignal>

namespace cachewitness::library {

std::optional<int> LibraryPorts::StopInterrupts::pending() const {
  return stop_.stop_requested() ? std::optional(SIGINT) : std::nullopt;
}

LibraryPorts::LibraryPorts(std::unique_ptr<ports::Network> network, const std::stop_token& stop)
    : machine_(std::move(network)), interrupts_(stop), processes_([stop] { return stop.stop_requested(); }) {}

base::Result<std::unique_ptr<LibraryPorts>> LibraryPorts::make(std::stop_token stop) {
  auto network = app::make_network();
  if (!network) {
    return std::unexpected(std::move(network).error());
  }
  return std::unique_ptr<LibraryPorts>(new LibraryPorts(std::move(*network), stop));
}

}  // namespace cachewitness::library
