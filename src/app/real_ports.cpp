#include "app/real_ports.h"

#include <utility>

#include "adapters/curl_control_plane.h"
#include "adapters/epoll_network.h"
#include "adapters/interrupts.h"
#include "adapters/orphans.h"
#include "adapters/posix_synced_file.h"
#include "adapters/processors.h"

namespace cachewitness::app {

base::Result<std::unique_ptr<ports::Network>> make_network() {
  auto network = adapters::EpollNetwork::make();
  if (!network) {
    return std::unexpected(std::move(network).error());
  }
  return std::unique_ptr<ports::Network>(std::move(*network));
}

base::Result<std::unique_ptr<ports::SyncedFile>> open_synced_file(const std::string& path, bool is_new) {
  auto file = is_new ? adapters::PosixSyncedFile::create(path) : adapters::PosixSyncedFile::extend(path);
  if (!file) {
    return std::unexpected(std::move(file).error());
  }
  return std::unique_ptr<ports::SyncedFile>(std::move(*file));
}

PurgePorts real_purge_ports() {
  PurgePorts made;
  made.control_plane = []() -> base::Result<std::unique_ptr<ports::ControlPlane>> {
    auto curl = adapters::CurlControlPlane::make();
    return curl ? base::Result<std::unique_ptr<ports::ControlPlane>>(std::move(*curl))
                : std::unexpected(std::move(curl).error());
  };
  made.journal = open_synced_file;
  return made;
}

base::Result<std::unique_ptr<RealPorts>> RealPorts::make() {
  adapters::install_interrupts();
  adapters::adopt_orphans();
  auto network = make_network();
  if (!network) {
    return std::unexpected(std::move(network).error());
  }
  return std::unique_ptr<RealPorts>(new RealPorts(std::move(*network)));
}

Ports Machine::ports(ports::Processes& processes, ports::Console& console, ports::Interrupts& interrupts) {
  return {clock_,
          entropy_,
          environment_,
          files_,
          processes,
          resolver_,
          *network_,
          console,
          interrupts,
          make_network,
          adapters::usable_processors()};
}

}  // namespace cachewitness::app
