#include "app/routes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/memory_ports.h"

namespace cachewitness::app {
namespace {

using base::SocketAddress;
using manifest::AddressFamily;
using manifest::ProxyServer;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Names that are there, and those that were asked for.
class NotingResolver final : public ports::Resolver {
 public:
  cachewitness::testing::MemoryResolver memory;
  std::vector<std::string> asked;
  int calls = 0;

  std::vector<ports::Resolved> resolve(std::span<const ports::Query> queries, base::Duration timeout,
                                       const std::function<bool()>& is_stopped) override {
    ++calls;
    for (const ports::Query& query : queries) {
      asked.push_back(query.host + (!query.family ? "" : *query.family == SocketAddress::Family::v4 ? " v4" : " v6"));
    }
    return memory.resolve(queries, timeout, is_stopped);
  }
};

class RoutesTest : public ::testing::Test {
 protected:
  RoutesTest() {
    resolver.memory.names["both"] = {"2001:db8::1", "2001:db8::2", "192.0.2.1"};
    resolver.memory.names["four"] = {"192.0.2.4"};
    resolver.memory.names["bastion"] = {"2001:db8::b", "192.0.2.11"};
  }

  static Destination destination(const std::string& host) {
    static const manifest::Tls tls{.ca_file = "ca.pem", .server_name = {}};
    return {"edge \"e\"", host, 443, {}, "", "", true, &tls, manifest::HttpChoice::http2};
  }
  std::vector<probe::LaneTarget> find(const std::vector<Destination>& destinations) {
    return find_routes(
        resolver, destinations, std::chrono::seconds(1), [] { return false; },
        [this](const std::string& note) { notes.push_back(note); });
  }
  probe::LaneTarget find_one(const Destination& destination) { return find({destination}).at(0); }

  NotingResolver resolver;
  std::vector<std::string> notes;
};

SocketAddress at(const char* ip, std::uint16_t port) { return *base::parse_ip(ip, port); }

TEST_F(RoutesTest, AreFoundAllTogetherInTheOrderOfTheLanes) {
  const auto targets = find({destination("four"), destination("nowhere"), destination("192.0.2.9")});
  ASSERT_EQ(targets.size(), 3U);
  EXPECT_EQ(targets[0].route->to, at("192.0.2.4", 443));
  EXPECT_EQ(targets[0].ca_file, "ca.pem");
  EXPECT_EQ(targets[0].http, manifest::HttpChoice::http2);
  EXPECT_FALSE(targets[1].route.has_value());
  EXPECT_EQ(targets[1].failure.cause, base::FailureCause::dns);
  EXPECT_EQ(targets[2].route->to, at("192.0.2.9", 443));
  EXPECT_EQ(resolver.calls, 1);
  EXPECT_THAT(notes, IsEmpty());
}

TEST_F(RoutesTest, KeepTheOtherFamilyInReserve) {
  const auto target = find_one(destination("both"));
  EXPECT_EQ(target.route->to, at("2001:db8::1", 443));
  EXPECT_EQ(target.route->otherwise, at("192.0.2.1", 443));
  EXPECT_THAT(notes, ElementsAre("edge \"e\" is one address of 2 that both has: 2001:db8::1; write an edge for each "
                                 "address to have all of them probed"));
}

TEST_F(RoutesTest, StayInTheFamilyThatIsAskedFor) {
  Destination four = destination("both");
  four.reach.family = AddressFamily::v4;
  Destination from_four = destination("both");
  from_four.reach.source = at("192.0.2.77", 0);
  for (const Destination& asked : {four, from_four}) {
    const auto target = find_one(asked);
    EXPECT_EQ(target.route->to, at("192.0.2.1", 443));
    EXPECT_FALSE(target.route->otherwise.has_value());
    EXPECT_EQ(target.route->source, asked.reach.source);
  }
  EXPECT_THAT(notes, IsEmpty());
}

TEST_F(RoutesTest, LeadThroughTheProxy) {
  Destination through = destination("both");
  through.reach.proxy = ProxyServer{ProxyServer::Kind::socks5, "bastion", 1080};
  through.reach.source = at("192.0.2.77", 0);
  through.proxy_user = "me";
  through.proxy_password = "secret";
  Destination direct = destination("four");
  direct.reach.proxy = ProxyServer{};
  const auto targets = find({direct, through});
  EXPECT_FALSE(targets[0].route->proxy.has_value());
  const ports::Route& route = *targets[1].route;
  EXPECT_EQ(route.to, at("2001:db8::1", 443)) << "the source speaks to the proxy, not to the edge";
  EXPECT_FALSE(route.otherwise.has_value());
  ASSERT_TRUE(route.proxy.has_value());
  EXPECT_EQ(route.proxy->kind, ports::Proxy::Kind::socks5);
  EXPECT_EQ(route.proxy->address, at("192.0.2.11", 1080));
  EXPECT_EQ(route.proxy->user, "me");
  EXPECT_EQ(route.proxy->password, "secret");
  EXPECT_THAT(resolver.asked, ElementsAre("four", "both", "bastion v4"));
}

TEST_F(RoutesTest, EndWhereTheProxyHasNoAddress) {
  Destination through = destination("four");
  through.reach.proxy = ProxyServer{ProxyServer::Kind::http, "nowhere", 3128};
  const auto target = find_one(through);
  EXPECT_FALSE(target.route.has_value());
  EXPECT_THAT(target.failure.detail, HasSubstr("proxy: nowhere"));
}

TEST(Reach, OfAnEdgeComesBeforeItsEnvironments) {
  manifest::Reach environment;
  environment.family = AddressFamily::v4;
  environment.source = at("192.0.2.77", 0);
  environment.proxy = ProxyServer{ProxyServer::Kind::http, "bastion", 3128};
  environment.proxy_user = manifest::SecretRef{.name = "USER", .argv = {}, .where = {}};
  environment.proxy_password = manifest::SecretRef{.name = "PASSWORD", .argv = {}, .where = {}};

  EXPECT_EQ(manifest::reach_of_edge(environment, {}).proxy_user->name, "USER");
  manifest::Reach edge;
  edge.family = AddressFamily::v6;
  edge.proxy = ProxyServer{ProxyServer::Kind::socks5, "other", 1080};
  const manifest::Reach both = manifest::reach_of_edge(environment, edge);
  EXPECT_EQ(both.family, AddressFamily::v6);
  EXPECT_EQ(both.source, at("192.0.2.77", 0));
  EXPECT_EQ(both.proxy->host, "other");
  EXPECT_FALSE(both.proxy_user.has_value()) << "credentials are never shown to another proxy";
  EXPECT_FALSE(both.proxy_password.has_value());
}

}  // namespace
}  // namespace cachewitness::app
