// Streams through proxies: scripted ones over a network in memory, a relaying one over the real network with TLS.
#include "adapters/proxy_stream.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "adapters/epoll_network.h"
#include "adapters/self_signed.h"
#include "adapters/system_clock.h"
#include "contract/network_contract.h"
#include "support/memory_network.h"

namespace cachewitness::adapters {

namespace {

using base::FailureCause;
using std::string_literals::operator""s;
using testing::MemoryNetwork;
using testing::RecordedAccepts;
using testing::RecordedStream;
using testing::turn_until;

const base::SocketAddress edge_address = *base::parse_ip("203.0.113.10", 80);

// A proxy that gives one answer to the first bytes of each stream, and what is behind it.
class ScriptedProxyTest : public ::testing::Test {
 protected:
  ScriptedProxyTest() {
    accepts.when_accepted = [this](RecordedStream& stream) {
      stream.when_bytes = [this, &stream] {
        if (stream.bytes.size() == first_bytes) {
          stream.connection->send(answer);
          if (finishes) {
            stream.connection->finish();
          }
        }
      };
    };
  }

  void connect(ports::Proxy::Kind kind = ports::Proxy::Kind::http) {
    const ports::Proxy proxy{kind, listener->address(), {}, {}};
    first_bytes = kind == ports::Proxy::Kind::http ? std::string_view(
                                                         "CONNECT 203.0.113.10:80 HTTP/1.1\r\n"
                                                         "Host: 203.0.113.10:80\r\n\r\n")
                                                         .size()
                                                   : 3;
    auto stream = std::make_unique<ProxyStream>(proxy, edge_address, client);
    stream->attach(network.connect(proxy.address, nullptr, *stream));
    client.connection = std::move(stream);
  }
  void expect_failure(FailureCause cause, const std::string& what) {
    turn_until(network, [this] { return client.is_over(); });
    EXPECT_EQ(client.opens, 0);
    EXPECT_TRUE(client.bytes.empty());
    ASSERT_EQ(client.failures.size(), 1U);
    EXPECT_EQ(client.failures[0],
              (base::Failure{base::Stage::connect, cause, "proxy " + listener->address().text() + " " + what}));
    EXPECT_EQ(network.connects(), 1U);
  }

  MemoryNetwork network;
  RecordedAccepts accepts;
  std::unique_ptr<ports::Listener> listener = *network.listen(*base::parse_ip("192.0.2.1", 3128), nullptr, accepts);
  std::string answer = "HTTP/1.1 200 OK\r\n\r\n";
  bool finishes = false;
  std::size_t first_bytes = 0;
  RecordedStream client;
};

// Tunnels to wherever the client asks for, and counts.
class RelayingProxy {
 public:
  explicit RelayingProxy(ports::Network& network) : network_(network) {
    accepts_.when_accepted = [this](RecordedStream& client) { client.when_bytes = [this, &client] { take(client); }; };
  }
  [[nodiscard]] base::SocketAddress address() const { return listener_->address(); }
  [[nodiscard]] const std::vector<base::SocketAddress>& tunnels() const { return tunnels_; }

 private:
  struct Tunnel {
    RecordedStream edge;
  };

  void take(RecordedStream& client) {
    Tunnel*& tunnel = tunnel_of_[&client];
    if (tunnel == nullptr && client.bytes.ends_with("\r\n\r\n")) {
      const auto target = base::parse_host_port(client.bytes.substr(8, client.bytes.find(" HTTP/") - 8));
      tunnels_.push_back(*base::parse_ip(target->host, *target->port));
      client.bytes.clear();
      tunnel = all_.emplace_back(std::make_unique<Tunnel>()).get();
      tunnel->edge.when_open = [&client] { client.connection->send("HTTP/1.1 200 OK\r\n\r\n"); };
      tunnel->edge.when_bytes = [&client, edge = &tunnel->edge] {
        client.connection->send(std::exchange(edge->bytes, {}));
      };
      tunnel->edge.connection = network_.connect(tunnels_.back(), nullptr, tunnel->edge);
    } else if (tunnel != nullptr) {
      tunnel->edge.connection->send(std::exchange(client.bytes, {}));
    }
  }

  ports::Network& network_;
  RecordedAccepts accepts_;
  std::unique_ptr<ports::Listener> listener_ = *network_.listen(*base::parse_ip("127.0.0.1", 0), nullptr, accepts_);
  std::map<RecordedStream*, Tunnel*> tunnel_of_;
  std::vector<std::unique_ptr<Tunnel>> all_;
  std::vector<base::SocketAddress> tunnels_;
};

}  // namespace

TEST_F(ScriptedProxyTest, ShowsThePeerBehindTheProxy) {
  connect();
  client.connection->send("hello");
  turn_until(network, [this] { return client.opens == 1 && accepts.streams[0]->bytes.ends_with("\r\n\r\nhello"); });
  EXPECT_EQ(client.peer->remote, edge_address);
  EXPECT_EQ(client.peer->detour, "through http://192.0.2.1:3128");
  accepts.streams[0]->connection->send("world");
  accepts.streams[0]->connection->finish();
  turn_until(network, [this] { return client.ends == 1; });
  EXPECT_EQ(client.bytes, "world");
}

TEST_F(ScriptedProxyTest, DeliversWhatCameWithTheAnswer) {
  for (const auto& [kind, opening] : {std::pair(ports::Proxy::Kind::http, "HTTP/1.1 200 OK\r\n\r\n"s),
                                      std::pair(ports::Proxy::Kind::socks5, "\5\0\5\0\0\1\0\0\0\0\0\0"s)}) {
    answer = opening + "early";
    client.bytes.clear();
    client.opens = 0;
    connect(kind);
    turn_until(network, [this] { return client.bytes == "early"; });
    EXPECT_EQ(client.opens, 1);
  }
}

TEST_F(ScriptedProxyTest, MayBeDestroyedWhenItOpens) {
  answer += "early";
  client.when_open = [this] { client.connection.reset(); };
  connect();
  turn_until(network, [this] { return client.opens == 1; });
  turn_idly(network);
  EXPECT_TRUE(client.bytes.empty());
}

TEST_F(ScriptedProxyTest, FinishesAfterWhatWasSentBeforeItWasOpen) {
  connect();
  client.connection->send("hello");
  client.connection->finish();
  turn_until(network, [this] { return accepts.streams.size() == 1 && accepts.streams[0]->ends == 1; });
  EXPECT_TRUE(accepts.streams[0]->bytes.ends_with("\r\n\r\nhello"));
}

TEST_F(ScriptedProxyTest, FailsWhereTheProxyRefuses) {
  answer = "HTTP/1.1 403 Forbidden\r\nContent-Length: 4\r\n\r\nsorry";
  connect();
  client.connection->send("hello");
  expect_failure(FailureCause::refused, "answered CONNECT with 403 Forbidden");
}

TEST_F(ScriptedProxyTest, FailsWhereTheProxyTalksNonsense) {
  answer = "\x16\x03\x01 no proxy here";
  connect();
  expect_failure(FailureCause::malformed, "answered CONNECT with a broken head: bad-start-line");
}

TEST_F(ScriptedProxyTest, FailsWhereTheProxyFloods) {
  answer = "HTTP/1.1 200 " + std::string(1 << 20, 'x');
  connect();
  expect_failure(FailureCause::too_large,
                 "answered CONNECT with a head over a limit: 16384 bytes, 100 fields, 8192 bytes a value");
}

TEST_F(ScriptedProxyTest, FailsWhereTheProxyCloses) {
  answer = "HTTP/1.1 200 OK\r\n";
  finishes = true;
  connect();
  expect_failure(FailureCause::reset, "closed the stream before it had answered");
}

TEST_F(ScriptedProxyTest, FailsWhereTheSocksProxyRefuses) {
  answer = "\5\0\5\5"s;
  connect(ports::Proxy::Kind::socks5);
  expect_failure(FailureCause::refused, "answered the request with 5: connection refused");
}

TEST_F(ScriptedProxyTest, FailsWhereThereIsNoProxy) {
  network.set_faults(listener->address(), {.refuses_connections = true});
  connect();
  expect_failure(FailureCause::refused, "is out of reach: connection refused");
}

TEST(ProxyStream, CarriesTlsFromEndToEnd) {
  const base::Instant now = SystemClock().wall();
  const Validity validity{now - std::chrono::hours(1), now + std::chrono::hours(1)};
  const CertificatePair authority = make_authority("Cachewitness test authority", validity).value();
  const CertificatePair leaf = make_leaf(authority, {"a.example"}, validity).value();
  std::string folder = (std::filesystem::temp_directory_path() / "cachewitness-proxy-XXXXXX").string();
  ASSERT_NE(::mkdtemp(folder.data()), nullptr);
  std::ofstream(folder + "/ca.pem") << authority.certificate_pem;

  const auto network = *EpollNetwork::make();
  RecordedAccepts accepts;
  const ports::TlsServer server{leaf.certificate_pem, leaf.private_key_pem};
  const auto edge = *network->listen(*base::parse_ip("127.0.0.1", 0), &server, accepts);
  const RelayingProxy proxy(*network);
  RecordedStream client;
  ports::Route route = edge->address();
  route.proxy = ports::Proxy{ports::Proxy::Kind::http, proxy.address(), {}, {}};
  route.source = *base::parse_ip("127.0.0.7", 0);
  const ports::TlsClient tls{.server_name = "a.example", .ca_file = folder + "/ca.pem"};
  client.connection = network->connect(route, &tls, client);
  client.connection->send("hello");
  turn_until(*network, [&] { return accepts.streams.size() == 1 && accepts.streams[0]->bytes == "hello"; });
  EXPECT_EQ(proxy.tunnels(), std::vector{edge->address()});
  EXPECT_EQ(client.peer->remote, edge->address());
  EXPECT_EQ(client.peer->tls_version, "TLSv1.3");
  EXPECT_EQ(client.peer->local.ip_text(), "127.0.0.7");
  EXPECT_EQ(client.peer->detour, "through " + route.proxy->text());
  std::filesystem::remove_all(folder);
}

TEST(ProxyStream, NeverGoesAroundAProxyThatIsGone) {
  const auto network = *EpollNetwork::make();
  RecordedAccepts accepts;
  const auto edge = *network->listen(*base::parse_ip("127.0.0.1", 0), nullptr, accepts);
  const base::SocketAddress gone = (*network->listen(*base::parse_ip("127.0.0.1", 0), nullptr, accepts))->address();
  for (const auto kind : {ports::Proxy::Kind::http, ports::Proxy::Kind::socks5}) {
    RecordedStream client;
    ports::Route route = edge->address();
    route.otherwise = edge->address();
    route.proxy = ports::Proxy{kind, gone, {}, {}};
    client.connection = network->connect(route, nullptr, client);
    turn_until(*network, [&] { return client.is_over(); });
    ASSERT_EQ(client.failures.size(), 1U);
    EXPECT_EQ(client.failures[0], (base::Failure{base::Stage::connect, FailureCause::refused,
                                                 "proxy " + gone.text() + " is out of reach: Connection refused"}));
    EXPECT_TRUE(accepts.streams.empty());
  }
}

}  // namespace cachewitness::adapters
