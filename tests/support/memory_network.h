// MemoryNetwork: ports::Network without a kernel and with a clock of its own. Time stands still while
// anything is to be delivered and jumps to the next event otherwise, so that a test of a ten-second
// timeout takes microseconds and gives the same order of events each time.
//
// Routes lead to their address alone, without sources and proxies.
// Datagrams go to peers that are functions. Plain streams only: a TlsClient or TlsServer is taken for plain, PeerInfo
// then says "TLSv1.3".
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "ports/network.h"

namespace cachewitness::testing {

// How the path to one address treats a connection; looked up when it is made.
struct PathFaults {
  bool refuses_connections = false;
  bool swallows_connections = false;             // neither refused nor opened, ever
  bool is_without_way = false;                   // takes the route's other address, or fails
  base::Duration latency{0};                     // one way
  std::size_t segment_bytes = 0;                 // delivers pieces of so many bytes, both ways; 0 = as they were sent
  base::Duration segment_gap{0};                 // between two pieces of one stream: a drip
  std::optional<std::size_t> end_after_bytes{};  // to the client; then the peer seems to have finished
  std::optional<std::size_t> reset_after_bytes{};
};

class MemoryNetwork : public ports::Network {
 public:
  MemoryNetwork();
  ~MemoryNetwork() override;
  MemoryNetwork(const MemoryNetwork&) = delete;
  MemoryNetwork& operator=(const MemoryNetwork&) = delete;

  void set_faults(const base::SocketAddress& address, const PathFaults& faults);
  // For addresses without faults of their own.
  void set_faults_of_others(const PathFaults& faults);
  // What TLS connections agree on by ALPN from now on, where the client offers it; none by default.
  void set_protocol(const std::string& protocol) { protocol_ = protocol; }
  // The hosts that the certificate of every TLS peer is good for, exactly; by default it covers everything.
  void set_covered_hosts(std::set<std::string, std::less<>> hosts) { covered_hosts_ = std::move(hosts); }
  // How often connect() was called, however it ended.
  [[nodiscard]] std::size_t connects() const { return connects_; }
  // Answers the datagrams that come to an address, each with those to send back. The port is the client's: one for each
  // of its sockets. An address without a peer, or with an empty one, refuses them as a kernel does.
  using DatagramPeer = std::function<std::vector<std::string>(std::uint16_t port, std::string_view datagram)>;
  void set_datagram_peer(const base::SocketAddress& address, DatagramPeer peer) {
    datagram_peers_[address] = std::move(peer);
  }

  [[nodiscard]] base::Tick now() const override { return now_; }
  std::unique_ptr<ports::Connection> connect(const ports::Route& route, const ports::TlsClient* tls,
                                             ports::ConnectionEvents& events) override;
  std::unique_ptr<ports::Connection> connect_datagrams(const ports::Route& route,
                                                       ports::ConnectionEvents& events) override;
  base::Result<std::unique_ptr<ports::Listener>> listen(const base::SocketAddress& on, const ports::TlsServer* tls,
                                                        ports::AcceptEvents& events) override;
  ports::TimerId arm_timer(base::Tick at, ports::TimerEvents& events) override;
  void cancel_timer(ports::TimerId timer) override;
  // A limit of Tick::never() with nothing due returns false as well: a real network would wait for ever.
  bool turn(base::Tick limit) override;

 private:
  class Endpoint;
  class MemoryConnection;
  class MemoryListener;
  class MemorySocket;
  struct EventKey {
    base::Tick at;
    std::uint64_t number;
    friend auto operator<=>(const EventKey&, const EventKey&) = default;
  };

  [[nodiscard]] const PathFaults& faults_towards(const base::SocketAddress& address) const;
  std::uint64_t schedule(base::Tick at, std::function<void()> action);
  void accept(const std::shared_ptr<Endpoint>& client, const base::SocketAddress& to);
  void deliver(const std::shared_ptr<Endpoint>& from, std::string_view bytes);
  void deliver_piece(const std::shared_ptr<Endpoint>& from, std::string bytes);
  void deliver_end(const std::shared_ptr<Endpoint>& from);
  void fail(const std::shared_ptr<Endpoint>& endpoint, const base::Failure& failure);

  base::Tick now_{1'000'000'000};
  std::uint64_t next_event_ = 1;
  std::map<EventKey, std::function<void()>> events_;
  std::unordered_map<std::uint64_t, base::Tick> timers_;  // armed ones, by event number
  std::map<base::SocketAddress, PathFaults> faults_;
  PathFaults faults_of_others_;
  std::map<base::SocketAddress, MemoryListener*> listeners_;
  std::map<base::SocketAddress, DatagramPeer> datagram_peers_;
  std::string protocol_;
  std::optional<std::set<std::string, std::less<>>> covered_hosts_;
  std::size_t open_connections_ = 0;  // Connection objects alive
  std::size_t connects_ = 0;
  std::uint16_t next_client_port_ = 40000;
  std::uint16_t next_listen_port_ = 20000;
};

}  // namespace cachewitness::testing
