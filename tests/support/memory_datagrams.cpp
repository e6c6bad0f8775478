// The datagrams of MemoryNetwork.
#include <utility>

#include "base/assert.h"
#include "support/memory_network.h"

namespace cachewitness::testing {

// A connected UDP socket. What is under way to it is lost once it is gone.
class MemoryNetwork::MemorySocket : public ports::Connection {
 public:
  MemorySocket(MemoryNetwork& network, ports::PeerInfo info, const PathFaults& faults, ports::ConnectionEvents& events)
      : network_(network),
        events_(std::make_shared<ports::ConnectionEvents*>(&events)),
        info_(std::move(info)),
        faults_(faults) {
    ++network_.open_connections_;
    tell({}, [opened = info_](ports::ConnectionEvents& to) { to.on_open(opened); });
  }
  ~MemorySocket() override {
    --network_.open_connections_;
    *events_ = nullptr;
  }
  MemorySocket(const MemorySocket&) = delete;
  MemorySocket& operator=(const MemorySocket&) = delete;

  void send(std::string_view bytes) override {
    if (faults_.swallows_connections) {
      return;
    }
    const base::Duration there_and_back = faults_.latency * 2;
    const auto peer = network_.datagram_peers_.find(info_.remote);
    if (peer == network_.datagram_peers_.end() || !peer->second || faults_.refuses_connections) {
      const base::Failure refused{base::Stage::connect, base::FailureCause::refused, "connection refused"};
      return tell(there_and_back, [refused](ports::ConnectionEvents& to) { to.on_failure(refused); });
    }
    for (const std::string& answer : peer->second(info_.local.port, bytes)) {
      tell(there_and_back, [answer](ports::ConnectionEvents& to) { to.on_bytes(answer); });
    }
  }
  void finish() override {}

 private:
  void tell(base::Duration later, std::function<void(ports::ConnectionEvents&)> what) {
    network_.schedule(network_.now_ + later, [events = events_, what = std::move(what)] {
      if (*events != nullptr) {
        what(**events);
      }
    });
  }

  MemoryNetwork& network_;
  std::shared_ptr<ports::ConnectionEvents*> events_;  // points to none once this is gone
  ports::PeerInfo info_;
  PathFaults faults_;
};

std::unique_ptr<ports::Connection> MemoryNetwork::connect_datagrams(const ports::Route& route,
                                                                    ports::ConnectionEvents& events) {
  CW_ASSERT(!route.proxy && !route.source);
  ++connects_;
  ports::PeerInfo info;
  info.remote = route.to;
  info.detour = route.detour;
  if (faults_towards(route.to).is_without_way && route.otherwise) {
    info.detour = "instead of " + route.to.text();
    info.remote = *route.otherwise;
  }
  info.local.family = info.remote.family;
  info.local.bytes = {127, 0, 0, 1};
  info.local.port = next_client_port_++;
  return std::make_unique<MemorySocket>(*this, info, faults_towards(info.remote), events);
}

}  // namespace cachewitness::testing
