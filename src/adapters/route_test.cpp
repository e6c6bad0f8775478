// Where a connection leaves from, and what it does when the system knows no way.
#include <gtest/gtest.h>

#include "adapters/epoll_network.h"
#include "contract/network_contract.h"

namespace cachewitness::adapters {

namespace {

using testing::RecordedAccepts;
using testing::RecordedStream;
using testing::turn_until;

base::SocketAddress loopback(std::uint16_t port = 0) { return *base::parse_ip("127.0.0.1", port); }
// TCP to a group of hosts is refused by the kernel with ENETUNREACH, whatever routes the machine has.
base::SocketAddress no_way_v4() { return *base::parse_ip("224.0.0.1", 9); }
base::SocketAddress no_way_v6() { return *base::parse_ip("ff02::1", 9); }

class RouteTest : public ::testing::Test {
 protected:
  // Connects by `route` and waits until that has come to something.
  void connect(const ports::Route& route) {
    client.connection = network->connect(route, nullptr, client);
    turn_until(*network, [&] { return client.opens == 1 || client.is_over(); });
  }

  std::unique_ptr<EpollNetwork> network = *EpollNetwork::make();
  RecordedAccepts accepts;
  std::unique_ptr<ports::Listener> listener = *network->listen(loopback(), nullptr, accepts);
  RecordedStream client;
};

}  // namespace

TEST_F(RouteTest, LeavesFromTheGivenAddress) {
  ports::Route route = listener->address();
  route.source = *base::parse_ip("127.0.0.7", 0);
  connect(route);
  ASSERT_EQ(client.opens, 1) << client.failures.at(0).detail;
  turn_until(*network, [&] { return accepts.streams.size() == 1; });
  EXPECT_EQ(accepts.streams[0]->peer->remote.ip_text(), "127.0.0.7");
  EXPECT_EQ(client.peer->local, accepts.streams[0]->peer->remote);
  EXPECT_NE(client.peer->local.port, 0);
}

TEST_F(RouteTest, NamesASourceThatIsNotOurs) {
  ports::Route route = listener->address();
  route.source = *base::parse_ip("192.0.2.7", 0);
  connect(route);
  ASSERT_EQ(client.failures.size(), 1U);
  EXPECT_EQ(client.failures[0], (base::Failure{base::Stage::connect, base::FailureCause::unreachable,
                                               "cannot connect from 192.0.2.7 to " + listener->address().text() +
                                                   ": this machine has no such address; `ip address` lists its own"}));
  EXPECT_TRUE(accepts.streams.empty());
}

TEST_F(RouteTest, NamesASourceOfTheOtherFamily) {
  ports::Route route = listener->address();
  route.source = *base::parse_ip("::1", 0);
  connect(route);
  ASSERT_EQ(client.failures.size(), 1U);
  EXPECT_EQ(client.failures[0].cause, base::FailureCause::unreachable);
  EXPECT_EQ(client.failures[0].detail,
            "cannot connect from ::1 to " + listener->address().text() + ": Address family not supported by protocol");
}

TEST_F(RouteTest, FallsToTheOtherFamilyWhereThereIsNoWay) {
  ports::Route route = no_way_v6();
  route.otherwise = listener->address();
  connect(route);
  ASSERT_EQ(client.opens, 1) << client.failures.at(0).detail;
  EXPECT_EQ(client.peer->remote, listener->address());
  EXPECT_EQ(client.peer->detour, "instead of [ff02::1]:9: Network is unreachable");
  client.connection->send("hello");
  turn_until(*network, [&] { return accepts.streams.size() == 1 && accepts.streams[0]->bytes == "hello"; });
}

TEST_F(RouteTest, FallsOnceAndSaysBothWhereNeitherHasAWay) {
  ports::Route route = no_way_v6();
  route.otherwise = no_way_v4();
  connect(route);
  ASSERT_EQ(client.failures.size(), 1U);
  EXPECT_EQ(client.failures[0],
            (base::Failure{base::Stage::connect, base::FailureCause::unreachable,
                           "Network is unreachable, instead of [ff02::1]:9: Network is unreachable"}));
}

TEST_F(RouteTest, DoesNotFallWhereTheAddressAnswersWithRefusal) {
  const base::SocketAddress closed = (*network->listen(loopback(), nullptr, accepts))->address();
  ports::Route route = closed;
  route.otherwise = listener->address();
  connect(route);
  ASSERT_EQ(client.failures.size(), 1U);
  EXPECT_EQ(client.failures[0].cause, base::FailureCause::refused);
  EXPECT_TRUE(accepts.streams.empty());
}

}  // namespace cachewitness::adapters
