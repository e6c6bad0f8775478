#include "app/real_ports.h"

#include <utility>

#include "adapters/epoll_network.h"
#include "adapters/processors.h"

namespace cachewitness::app {

base::Result<std::unique_ptr<ports::Network>> make_network() {
  auto network = adapters::EpollNetwork::make();
  if (!network) {
    return std::unexpected(std::move(network).error());
  }
  return std::unique_ptr<ports::Network>(std::move(*network));
}

base::Result<std::unique_ptr<RealPorts>> RealPorts::make() {
  adapters::install_interrupts();
  auto network = make_network();
  if (!network) {
    return std::unexpected(std::move(network).error());
  }
  return std::unique_ptr<RealPorts>(new RealPorts(std::move(*network)));
}

Ports RealPorts::ports() {
  return {clock_,
          entropy_,
          environment_,
          files_,
          processes_,
          resolver_,
          *network_,
          console_,
          interrupts_,
          make_network,
          adapters::usable_processors()};
}

}  // namespace cachewitness::app
