#include "adapters/udp_stream.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <string>
#include <vector>

#include "adapters/epoll_network.h"
#include "adapters/native_address.h"
#include "contract/network_contract.h"

namespace cachewitness::testing {

namespace {

// The other end: a plain UDP socket, bound to a free port of loopback, that the test reads and writes by hand.
class UdpPeer {
 public:
  explicit UdpPeer(std::string_view ip = "127.0.0.1") {
    const adapters::NativeAddress native = adapters::to_native(*base::parse_ip(ip, 0));
    fd_.reset(::socket(native.get()->sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    is_bound_ = ::bind(fd_.get(), native.get(), native.size) == 0;
    address_ = adapters::local_address(fd_.get());
  }

  [[nodiscard]] bool is_bound() const { return is_bound_; }
  [[nodiscard]] const base::SocketAddress& address() const { return address_; }
  std::string receive() {
    std::array<char, 2048> buffer{};
    client_.size = sizeof client_.storage;
    const ssize_t got = ::recvfrom(fd_.get(), buffer.data(), buffer.size(), 0, client_.get(), &client_.size);
    return got < 0 ? "nothing" : std::string(buffer.data(), static_cast<std::size_t>(got));
  }
  void send(std::string_view bytes) { ::sendto(fd_.get(), bytes.data(), bytes.size(), 0, client_.get(), client_.size); }
  void close() { fd_.reset(); }

 private:
  adapters::UniqueFd fd_;
  adapters::NativeAddress client_;
  base::SocketAddress address_;
  bool is_bound_ = false;
};

std::unique_ptr<adapters::EpollNetwork> make_network() { return std::move(*adapters::EpollNetwork::make()); }

}  // namespace

TEST(UdpStream, KeepsTheBoundariesOfDatagrams) {
  const auto network = make_network();
  UdpPeer peer;
  RecordedStream client;
  std::vector<std::string> pieces;
  client.when_bytes = [&] { pieces.push_back(std::exchange(client.bytes, {})); };
  client.connection = network->connect_datagrams(peer.address(), client);
  EXPECT_EQ(client.opens, 0) << "no callback from within connect_datagrams()";
  turn_until(*network, [&] { return client.opens == 1; });
  EXPECT_EQ(client.peer->remote, peer.address());
  EXPECT_NE(client.peer->local.port, 0);
  client.connection->send("one");
  client.connection->send("two");
  EXPECT_EQ(peer.receive(), "one");
  EXPECT_EQ(peer.receive(), "two");
  peer.send("three");
  peer.send("");
  peer.send("four");
  turn_until(*network, [&] { return pieces.size() == 2; });
  EXPECT_EQ(pieces, (std::vector<std::string>{"three", "four"}));
  EXPECT_FALSE(client.is_over());
}

TEST(UdpStream, TakesMoreThanOneTurnHolds) {
  const auto network = make_network();
  UdpPeer peer;
  RecordedStream client;
  client.connection = network->connect_datagrams(peer.address(), client);
  client.connection->send("hello");
  peer.receive();
  constexpr int datagrams = 150;
  for (int i = 0; i < datagrams; ++i) {
    peer.send("x");
  }
  turn_until(*network, [&] { return client.bytes.size() == datagrams; });
}

TEST(UdpStream, HearsNobodyElse) {
  const auto network = make_network();
  UdpPeer peer;
  RecordedStream client;
  client.connection = network->connect_datagrams(peer.address(), client);
  turn_until(*network, [&] { return client.opens == 1; });
  const adapters::NativeAddress local = adapters::to_native(client.peer->local);
  const adapters::UniqueFd fd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ::sendto(fd.get(), "forged", 6, 0, local.get(), local.size);
  turn_idly(*network);
  EXPECT_EQ(client.bytes, "");
}

TEST(UdpStream, ReportsAClosedPortAsRefused) {
  const auto network = make_network();
  UdpPeer peer;
  peer.close();
  RecordedStream client;
  client.connection = network->connect_datagrams(peer.address(), client);
  client.when_open = [&] { client.connection->send("anybody there?"); };
  turn_until(*network, [&] { return client.is_over(); });
  ASSERT_EQ(client.failures.size(), 1U);
  EXPECT_EQ(client.failures[0],
            (base::Failure{base::Stage::connect, base::FailureCause::refused, "Connection refused"}));
  client.connection->send("still nobody");
  turn_idly(*network);
  EXPECT_EQ(client.failures.size(), 1U);
}

TEST(UdpStream, BlamesThePathOncePeerHasAnswered) {
  const auto network = make_network();
  UdpPeer peer;
  RecordedStream client;
  client.connection = network->connect_datagrams(peer.address(), client);
  client.connection->send("hello");
  peer.receive();
  peer.send("hi");
  turn_until(*network, [&] { return client.bytes == "hi"; });
  peer.close();
  client.connection->send("and then?");
  turn_until(*network, [&] { return client.is_over(); });
  EXPECT_EQ(client.failures.at(0).stage, base::Stage::body);
  EXPECT_EQ(client.failures.at(0).cause, base::FailureCause::refused);
}

TEST(UdpStream, ACallbackMayDestroyItsOwnStream) {
  const auto network = make_network();
  UdpPeer peer;
  RecordedStream at_open;
  at_open.when_open = [&] { at_open.connection.reset(); };
  at_open.connection = network->connect_datagrams(peer.address(), at_open);
  turn_until(*network, [&] { return at_open.opens == 1; });
  RecordedStream at_bytes;
  at_bytes.when_bytes = [&] { at_bytes.connection.reset(); };
  at_bytes.connection = network->connect_datagrams(peer.address(), at_bytes);
  at_bytes.connection->send("hello");
  peer.receive();
  peer.send("a");
  peer.send("b");
  turn_until(*network, [&] { return at_bytes.connection == nullptr; });
  EXPECT_EQ(at_bytes.bytes, "a");
  EXPECT_FALSE(network->turn(network->now())) << "nothing is open any more";
}

TEST(UdpStream, GoesFromTheGivenAddressAndSaysWhereThereIsNone) {
  const auto network = make_network();
  UdpPeer peer;
  RecordedStream client;
  ports::Route route(peer.address());
  route.source = base::parse_ip("127.0.0.2", 0);
  client.connection = network->connect_datagrams(route, client);
  turn_until(*network, [&] { return client.opens == 1; });
  EXPECT_EQ(client.peer->local.ip_text(), "127.0.0.2");
  RecordedStream nowhere;
  route.source = base::parse_ip("192.0.2.1", 0);
  nowhere.connection = network->connect_datagrams(route, nowhere);
  turn_until(*network, [&] { return nowhere.is_over(); });
  EXPECT_EQ(nowhere.failures.at(0).detail, "cannot connect from 192.0.2.1 to " + peer.address().text() +
                                               ": this machine has no such address; `ip address` lists its own");
}

TEST(UdpStream, RefusesAProxyThatNoDatagramPasses) {
  const auto network = make_network();
  RecordedStream client;
  ports::Route route(*base::parse_ip("127.0.0.1", 443));
  route.proxy = ports::Proxy{.address = *base::parse_ip("127.0.0.1", 3128)};
  client.connection = network->connect_datagrams(route, client);
  turn_until(*network, [&] { return client.is_over(); });
  EXPECT_EQ(client.failures.at(0).cause, base::FailureCause::unreachable);
  EXPECT_EQ(client.failures.at(0).detail,
            "no datagram passes the proxy http://127.0.0.1:3128; use another HTTP version behind it");
  EXPECT_EQ(client.opens, 0);
}

TEST(UdpStream, SpeaksIpv6Too) {
  const auto network = make_network();
  UdpPeer peer("::1");
  if (!peer.is_bound()) {
    GTEST_SKIP() << "no IPv6 loopback here";
  }
  RecordedStream client;
  client.connection = network->connect_datagrams(peer.address(), client);
  client.connection->send("six");
  EXPECT_EQ(peer.receive(), "six");
}

}  // namespace cachewitness::testing
