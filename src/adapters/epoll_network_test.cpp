#include "adapters/epoll_network.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "adapters/native_address.h"
#include "contract/network_contract.h"

namespace cachewitness::testing {

namespace {

class EpollNetworkFactory {
 public:
  ports::Network& network() { return *network_; }
  static base::SocketAddress any_port() { return *base::parse_ip("127.0.0.1", 0); }

 private:
  std::unique_ptr<adapters::EpollNetwork> network_ = std::move(*adapters::EpollNetwork::make());
};

// A socket that answers with RST: the one thing that a ports::Connection cannot be told to do.
void reset_on_close(int fd) {
  const linger at_once{1, 0};
  ASSERT_EQ(::setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once), 0);
}

adapters::UniqueFd open_raw_listener(base::SocketAddress& address) {
  adapters::UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const adapters::NativeAddress native = adapters::to_native(*base::parse_ip("127.0.0.1", 0));
  EXPECT_EQ(::bind(fd.get(), native.get(), native.size), 0);
  EXPECT_EQ(::listen(fd.get(), 8), 0);
  address = adapters::local_address(fd.get());
  return fd;
}

}  // namespace

INSTANTIATE_TYPED_TEST_SUITE_P(Epoll, NetworkContract, EpollNetworkFactory);

TEST(EpollNetwork, DeliversWhatCameBeforeAReset) {
  EpollNetworkFactory factory;
  ports::Network& network = factory.network();
  base::SocketAddress address;
  const adapters::UniqueFd listener = open_raw_listener(address);
  RecordedStream client;
  client.connection = network.connect(address, nullptr, client);
  adapters::UniqueFd server(::accept(listener.get(), nullptr, nullptr));
  ASSERT_TRUE(server.is_open());
  ASSERT_EQ(::send(server.get(), "half", 4, 0), 4);
  turn_until(network, [&] { return client.bytes == "half"; });
  reset_on_close(server.get());
  server.reset();
  turn_until(network, [&] { return client.is_over(); });
  ASSERT_EQ(client.failures.size(), 1U);
  EXPECT_EQ(client.failures[0].cause, base::FailureCause::reset);
  EXPECT_EQ(client.failures[0].stage, base::Stage::body);
}

TEST(EpollNetwork, ListensOnIpv6Too) {
  EpollNetworkFactory factory;
  RecordedAccepts accepts;
  auto listener = factory.network().listen(*base::parse_ip("::1", 0), nullptr, accepts);
  if (!listener) {
    GTEST_SKIP() << "no IPv6 loopback here: " << listener.error().text();
  }
  RecordedStream client;
  client.connection = factory.network().connect((*listener)->address(), nullptr, client);
  turn_until(factory.network(), [&] { return client.opens == 1 && accepts.streams.size() == 1; });
  EXPECT_EQ(client.peer->remote.text(), (*listener)->address().text());
}

TEST(EpollNetwork, SaysWhyItCannotListen) {
  EpollNetworkFactory factory;
  RecordedAccepts accepts;
  auto first = factory.network().listen(EpollNetworkFactory::any_port(), nullptr, accepts);
  ASSERT_TRUE(first.has_value());
  const auto second = factory.network().listen((*first)->address(), nullptr, accepts);
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().id, base::errors::system_call);
  EXPECT_EQ(second.error().message, "cannot listen on " + (*first)->address().text() +
                                        ": Address already in use; choose another address or port");
}

TEST(EpollNetwork, NamesTheLimitWhereNoDescriptorIsLeft) {
  EpollNetworkFactory factory;
  RecordedAccepts accepts;
  auto listener = factory.network().listen(EpollNetworkFactory::any_port(), nullptr, accepts);
  ASSERT_TRUE(listener.has_value());
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit none{3, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  RecordedStream client;
  client.connection = factory.network().connect((*listener)->address(), nullptr, client);
  EXPECT_FALSE(client.is_over()) << "no callback from within connect()";
  turn_until(factory.network(), [&] { return client.is_over(); });
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  ASSERT_EQ(client.failures.size(), 1U);
  EXPECT_EQ(client.failures[0].cause, base::FailureCause::cancelled) << "our shortage is not the edge's fault";
  EXPECT_NE(client.failures[0].detail.find("the limit is 3"), std::string::npos) << client.failures[0].detail;
}

TEST(EpollNetwork, TurnsAStreamAwayWhereNoDescriptorIsLeftToAcceptIt) {
  EpollNetworkFactory factory;
  RecordedAccepts accepts;
  auto listener = factory.network().listen(EpollNetworkFactory::any_port(), nullptr, accepts);
  ASSERT_TRUE(listener.has_value());
  RecordedStream client;
  client.connection = factory.network().connect((*listener)->address(), nullptr, client);
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  // All numbers below this one are taken, the spare descriptor's own excepted.
  adapters::UniqueFd probe(::dup(0));
  const rlimit full{static_cast<rlim_t>(probe.get()), before.rlim_max};
  probe.reset();
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &full), 0);
  turn_until(factory.network(), [&] { return client.is_over(); });
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_TRUE(accepts.streams.empty());
  RecordedStream next;
  next.connection = factory.network().connect((*listener)->address(), nullptr, next);
  turn_until(factory.network(), [&] { return accepts.streams.size() == 1; });
}

TEST(EpollNetwork, KeepsAReadyEdgeFromStarvingTheTimers) {
  EpollNetworkFactory factory;
  ports::Network& network = factory.network();
  RecordedAccepts accepts;
  auto listener = network.listen(EpollNetworkFactory::any_port(), nullptr, accepts);
  ASSERT_TRUE(listener.has_value());
  const std::string flood = numbered_bytes(1'000'000);
  accepts.when_accepted = [&](RecordedStream& stream) {
    stream.connection->send(flood);
    stream.when_bytes = [&] { stream.connection->send(flood); };
  };
  RecordedStream client;
  client.connection = network.connect((*listener)->address(), nullptr, client);
  client.when_bytes = [&] {
    client.bytes.clear();
    client.connection->send("more");
  };
  bool fired = false;
  RecordedTimer timer([&](base::Tick) { fired = true; });
  network.arm_timer(network.now() + std::chrono::milliseconds(20), timer);
  turn_until(network, [&] { return fired; });
  EXPECT_FALSE(client.is_over());
}

}  // namespace cachewitness::testing
