#include "adapters/tls_stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/epoll_network.h"
#include "contract/network_contract.h"
#include "support/test_authority.h"

namespace cachewitness::testing {

namespace {

using std::chrono::hours;

// Makes every stream of the real network one over TLS, so that the contract is held by TLS as well.
class TlsNetwork final : public ports::Network {
 public:
  [[nodiscard]] base::Tick now() const override { return network_->now(); }
  std::unique_ptr<ports::Connection> connect(const ports::Route& route, const ports::TlsClient* /*tls*/,
                                             ports::ConnectionEvents& events) override {
    return network_->connect(route, &client_, events);
  }
  base::Result<std::unique_ptr<ports::Listener>> listen(const base::SocketAddress& on, const ports::TlsServer* /*tls*/,
                                                        ports::AcceptEvents& events) override {
    return network_->listen(on, &server_, events);
  }
  ports::TimerId arm_timer(base::Tick at, ports::TimerEvents& events) override {
    return network_->arm_timer(at, events);
  }
  void cancel_timer(ports::TimerId timer) override { network_->cancel_timer(timer); }
  bool turn(base::Tick limit) override { return network_->turn(limit); }

 private:
  TestAuthority authority_;
  ports::TlsClient client_ = authority_.client("127.0.0.1");
  ports::TlsServer server_ = authority_.server({"127.0.0.1"});
  std::unique_ptr<adapters::EpollNetwork> network_ = std::move(*adapters::EpollNetwork::make());
};

class TlsNetworkFactory {
 public:
  ports::Network& network() { return network_; }
  static base::SocketAddress any_port() { return *base::parse_ip("127.0.0.1", 0); }

 private:
  TlsNetwork network_;
};

// One handshake between a client and a server of the given settings.
class TlsStreamTest : public ::testing::Test {
 protected:
  void shake_hands(const ports::TlsClient& client_settings, const ports::TlsServer& server_settings) {
    listener_ = std::move(*network_->listen(*base::parse_ip("127.0.0.1", 0), &server_settings, accepts_));
    client_.connection = network_->connect(listener_->address(), &client_settings, client_);
    turn_until(*network_, [&] { return client_.opens == 1 || client_.is_over(); });
  }
  // The detail of the one failure, at the handshake.
  std::string refusal() {
    if (client_.failures.size() != 1) {
      return "not refused";
    }
    EXPECT_EQ(client_.failures[0].stage, base::Stage::tls);
    EXPECT_EQ(client_.failures[0].cause, base::FailureCause::tls);
    EXPECT_EQ(client_.opens, 0);
    return client_.failures[0].detail;
  }

  TestAuthority authority_;
  std::unique_ptr<adapters::EpollNetwork> network_ = std::move(*adapters::EpollNetwork::make());
  RecordedAccepts accepts_;
  std::unique_ptr<ports::Listener> listener_;
  RecordedStream client_;
};

}  // namespace

INSTANTIATE_TYPED_TEST_SUITE_P(Tls, NetworkContract, TlsNetworkFactory);

TEST_F(TlsStreamTest, TellsVersionAndCertificateOfThePeer) {
  shake_hands(authority_.client("a.example"), authority_.server({"a.example", "b.example"}));
  ASSERT_EQ(client_.opens, 1) << refusal();
  EXPECT_EQ(client_.peer->tls_version, "TLSv1.3");
  EXPECT_EQ(client_.peer->certificate_sha256.size(), 64U);
  EXPECT_EQ(client_.peer->remote, listener_->address());
}

TEST_F(TlsStreamTest, TellsTheProtocolThatBothSpeak) {
  struct Row {
    std::vector<std::string> client;
    std::vector<std::string> server;
    const char* protocol;
  };
  const Row rows[] = {
      {{"h2", "http/1.1"}, {"h2", "http/1.1"}, "h2"},
      {{"http/1.1", "h2"}, {"h2", "http/1.1"}, "h2"},  // the server chooses
      {{"http/1.1"}, {"h2", "http/1.1"}, "http/1.1"},
      {{"h2", "http/1.1"}, {"http/1.1"}, "http/1.1"},
      {{"h2"}, {"http/1.1"}, ""},
      {{}, {"h2"}, ""},
      {{"h2"}, {}, ""},
  };
  for (const Row& row : rows) {
    client_.opens = 0;
    accepts_.streams.clear();
    ports::TlsClient client = authority_.client("a.example");
    client.alpn = row.client;
    ports::TlsServer server = authority_.server({"a.example"});
    server.alpn = row.server;
    shake_hands(client, server);
    ASSERT_EQ(client_.opens, 1) << refusal();
    EXPECT_EQ(client_.peer->protocol, row.protocol);
    turn_until(*network_, [&] { return accepts_.streams.at(0)->opens == 1; });
    EXPECT_EQ(accepts_.streams[0]->peer->protocol, row.protocol);
    client_.connection.reset();
  }
}

TEST_F(TlsStreamTest, SaysWhichOtherHostsTheCertificateCovers) {
  const ports::TlsClient settings = authority_.client("a.example");
  shake_hands(settings, authority_.server({"a.example", "*.shop.example"}));
  ASSERT_EQ(client_.opens, 1) << refusal();
  EXPECT_FALSE(client_.peer->is_resumed);
  EXPECT_TRUE(client_.connection->covers("a.example"));
  EXPECT_TRUE(client_.connection->covers("x.shop.example"));
  EXPECT_FALSE(client_.connection->covers("b.example"));
}

TEST_F(TlsStreamTest, NamesWhatIsWrongWithACertificate) {
  const TestAuthority stranger;
  struct Row {
    const char* name;
    ports::TlsClient client;
    ports::TlsServer server;
    const char* detail;
  };
  const Row rows[] = {
      {"expired", authority_.client("a.example"), authority_.server({"a.example"}, valid_for(hours(24), -hours(1))),
       "certificate has expired: it ended at 20"},
      {"not yet valid", authority_.client("a.example"),
       authority_.server({"a.example"}, valid_for(-hours(1), hours(24))), "certificate is not yet valid"},
      {"another name", authority_.client("a.example"), authority_.server({"b.example", "c.example"}),
       "hostname mismatch: it covers \"b.example\", \"c.example\", and \"a.example\" was asked for"},
      {"another address", authority_.client("127.0.0.9"), authority_.server({"127.0.0.1"}), "IP address mismatch"},
      {"another authority", stranger.client("a.example"), authority_.server({"a.example"}),
       "unable to get local issuer certificate: \"Cachewitness test authority\" issued it"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    client_.failures.clear();
    shake_hands(row.client, row.server);
    EXPECT_THAT(refusal(), ::testing::StartsWith(row.detail));
    client_.connection.reset();
  }
}

TEST_F(TlsStreamTest, DoesNotTrustTheTestAuthorityWithTheSystemsStore) {
  ports::TlsClient settings = authority_.client("a.example");
  settings.ca_file.clear();
  shake_hands(settings, authority_.server({"a.example"}));
  EXPECT_THAT(refusal(), ::testing::StartsWith("unable to get local issuer certificate"));
}

TEST_F(TlsStreamTest, SaysWhichAuthoritiesItCannotLoadInALaterTurn) {
  ports::TlsClient settings = authority_.client("a.example");
  settings.ca_file = "/nonexistent/ca.pem";
  client_.connection = network_->connect(*base::parse_ip("127.0.0.1", 9), &settings, client_);
  EXPECT_FALSE(client_.is_over()) << "no callback from within connect()";
  turn_until(*network_, [&] { return client_.is_over(); });
  EXPECT_TRUE(refusal().starts_with("cannot load the certificate authorities in \"/nonexistent/ca.pem\": "))
      << refusal();
}

TEST_F(TlsStreamTest, VerifiesAgainstNoNameButAGivenOne) {
  const ports::TlsClient settings = authority_.client("");
  client_.connection = network_->connect(*base::parse_ip("127.0.0.1", 9), &settings, client_);
  turn_until(*network_, [&] { return client_.is_over(); });
  EXPECT_NE(refusal().find("check tls.server_name"), std::string::npos) << refusal();
}

TEST_F(TlsStreamTest, TellsAPeerThatDoesNotSpeakTls) {
  accepts_.when_accepted = [](RecordedStream& stream) { stream.connection->send("HTTP/1.1 400 Bad Request\r\n\r\n"); };
  listener_ = std::move(*network_->listen(*base::parse_ip("127.0.0.1", 0), nullptr, accepts_));
  const ports::TlsClient settings = authority_.client("a.example");
  client_.connection = network_->connect(listener_->address(), &settings, client_);
  turn_until(*network_, [&] { return client_.is_over(); });
  EXPECT_EQ(refusal(), "wrong version number; the peer may not speak TLS on this port");
}

TEST_F(TlsStreamTest, OneBadPeerLeavesNoTraceAtTheNext) {
  shake_hands(authority_.client("a.example"), authority_.server({"b.example"}));
  EXPECT_THAT(refusal(), ::testing::StartsWith("hostname mismatch"));
  RecordedStream next;
  const ports::TlsClient settings = authority_.client("b.example");
  next.connection = network_->connect(listener_->address(), &settings, next);
  turn_until(*network_, [&] { return next.opens == 1 || next.is_over(); });
  EXPECT_EQ(next.opens, 1);
}

TEST_F(TlsStreamTest, TakesAnEndWithoutCloseNotifyForABreak) {
  shake_hands(authority_.client("a.example"), authority_.server({"a.example"}));
  accepts_.streams.at(0)->connection.reset();
  turn_until(*network_, [&] { return client_.is_over(); });
  ASSERT_EQ(client_.failures.size(), 1U);
  EXPECT_EQ(client_.failures[0].cause, base::FailureCause::reset);
  EXPECT_EQ(client_.failures[0].stage, base::Stage::body);
}

TEST_F(TlsStreamTest, RefusesAKeyThatDoesNotBelongToItsCertificate) {
  ports::TlsServer mixed = authority_.server({"a.example"});
  mixed.private_key_pem = authority_.server({"a.example"}).private_key_pem;
  const auto listener = network_->listen(*base::parse_ip("127.0.0.1", 0), &mixed, accepts_);
  ASSERT_FALSE(listener.has_value());
  EXPECT_EQ(listener.error().id, base::errors::usage);
  EXPECT_NE(listener.error().message.find("key values mismatch"), std::string::npos) << listener.error().message;
}

TEST(SelfSigned, RefusesANameThatWouldSmuggleInAnother) {
  const auto authority = adapters::make_authority("test", valid_for(hours(1), hours(1)));
  ASSERT_TRUE(authority.has_value());
  EXPECT_FALSE(adapters::make_leaf(*authority, {"a.example,DNS:*.bank.example"}, valid_for(hours(1), hours(1))));
  EXPECT_FALSE(adapters::make_leaf(*authority, {}, valid_for(hours(1), hours(1))));
  EXPECT_TRUE(adapters::make_leaf(*authority, {"a.example", "::1"}, valid_for(hours(1), hours(1))));
}

}  // namespace cachewitness::testing
