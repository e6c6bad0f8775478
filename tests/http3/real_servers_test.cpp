// HTTP/3 against two servers that are not ours: gtlsserver (ngtcp2) and caddy (quic-go).
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <fstream>
#include <memory>
#include <optional>
#include <string>

#include "adapters/epoll_network.h"
#include "adapters/native_address.h"
#include "base/digest.h"
#include "http3/http3_client.h"
#include "http3/http3_server.h"
#include "quic/http3_sessions.h"

namespace cachewitness::testing {

namespace {

// A moment of waiting that the network's own timer ends.
class Pause : private ports::TimerEvents {
 public:
  explicit Pause(ports::Network& network) : network_(network) {}
  void wait() {
    network_.arm_timer(network_.now() + std::chrono::milliseconds(20), *this);
    while (!is_over_ && network_.turn(base::Tick::never())) {
    }
  }

 private:
  void on_timer(base::Tick /*now*/) override { is_over_ = true; }

  ports::Network& network_;
  bool is_over_ = false;
};

class RealServers : public ::testing::Test {
 protected:
  RealServers() {
    files.write("www/hello.txt", "hello over QUIC\n");
    tls.server_name = "localhost";
    tls.ca_file = files.path("ca.pem");
  }

  std::unique_ptr<Http3Client> client(const ports::TlsClient& with, const probe::SessionLimits& limits = {}) {
    return std::make_unique<Http3Client>(*network, sessions, with, limits);
  }
  std::unique_ptr<Http3Client> client(const probe::SessionLimits& limits = {}) { return client(tls, limits); }

  // A server that was just started refuses for a moment.
  void serve(std::vector<std::string> argv) {
    server.reset();
    server = std::make_unique<ServerProcess>(std::move(argv), files);
    const base::Tick end = network->now() + std::chrono::seconds(60);
    while (network->now() < end) {
      const auto visitor = client();
      visitor->open(address);
      probe::Exchange& exchange = visitor->ask("/hello.txt");
      if (visitor->settle(std::chrono::seconds(2)) && exchange.evidence.response() != nullptr) {
        visitor->close();
        return;
      }
      last = outcome_text(exchange);
      Pause(*network).wait();
    }
    std::ifstream log(files.path("log"));
    FAIL() << "no server at " << address.text() << ": " << last << "\n" << log.rdbuf();
  }

  ServerFiles files;
  std::unique_ptr<adapters::EpollNetwork> network = std::move(*adapters::EpollNetwork::make());
  quic::Http3Sessions sessions;
  ports::TlsClient tls;
  base::SocketAddress address = free_address();
  std::unique_ptr<ServerProcess> server;
  std::string last;
};

std::string one(Http3Client& client, const base::SocketAddress& address, std::string_view target,
                std::string_view host = "localhost") {
  client.open(address);
  const probe::Exchange& exchange = client.ask(target, host);
  return client.settle() ? outcome_text(exchange) : "no outcome";
}

// Both servers, the same claims.
class EitherServer : public RealServers, public ::testing::WithParamInterface<const char*> {
 protected:
  void SetUp() override {
    serve(std::string_view(GetParam()) == "caddy" ? caddy(files, address) : gtlsserver(files, address));
  }
};

INSTANTIATE_TEST_SUITE_P(Http3, EitherServer, ::testing::Values("gtlsserver", "caddy"),
                         [](const auto& each) { return std::string(each.param); });

}  // namespace

TEST_P(EitherServer, GivesAResponseAsEvidence) {
  const auto visitor = client();
  visitor->open(address);
  EXPECT_EQ(visitor->session().peer(), nullptr);
  const probe::Exchange& exchange = visitor->ask("/hello.txt");
  EXPECT_EQ(visitor->session().stage(exchange), base::Stage::connect);
  ASSERT_TRUE(visitor->settle());
  const evidence::Response* const response = exchange.evidence.response();
  ASSERT_NE(response, nullptr) << outcome_text(exchange);
  EXPECT_EQ(response->status, 200);
  EXPECT_TRUE(response->head.starts_with("HTTP/3 200 \r\n")) << response->head;
  EXPECT_TRUE(response->head.ends_with("\r\n\r\n")) << response->head;
  EXPECT_NE(response->head.find("\r\ncontent-length: 16\r\n"), std::string::npos) << response->head;
  EXPECT_EQ(response->body.wire_bytes, 16U);
  ASSERT_TRUE(response->body.sha256);
  EXPECT_EQ(response->body.sha256->hex(), "f16369739ef16c58ee136a34a216c5a3e62cb74ae49ea84fd1d32cf67cc06ef4");
  ASSERT_NE(visitor->session().peer(), nullptr);
  EXPECT_EQ(visitor->session().peer()->tls_version, "TLSv1.3");
  EXPECT_EQ(visitor->session().peer()->protocol, "h3");
  EXPECT_EQ(visitor->session().peer()->certificate_sha256.size(), 64U);
  EXPECT_TRUE(visitor->session().covers("localhost"));
  EXPECT_TRUE(visitor->session().covers("also.example"));
  EXPECT_FALSE(visitor->session().covers("shop.example"));
  EXPECT_EQ(visitor->first_bytes, 1);
  EXPECT_EQ(visitor->sent_late, 1) << "the handshake came first";
}

TEST_P(EitherServer, AnswersAHundredAtOnceOnOneConnection) {
  for (int i = 0; i < 100; ++i) {
    files.write("www/f" + std::to_string(i), std::string(static_cast<std::size_t>(i) * 100 + 1, 'x'));
  }
  const auto visitor = client();
  visitor->open(address);
  std::vector<const probe::Exchange*> asked;
  for (int round = 0; round < 3; ++round) {
    while (visitor->session().room() > 0) {
      asked.push_back(&visitor->ask("/f" + std::to_string(asked.size() % 100)));
    }
    EXPECT_GE(asked.size(), 100U) << "at once, in the first round";
    ASSERT_TRUE(visitor->settle());
  }
  EXPECT_GT(asked.size(), 100U) << "and some of their streams were given back";
  EXPECT_EQ(visitor->outcomes.size(), asked.size());
  for (std::size_t i = 0; i < asked.size(); ++i) {
    const evidence::Response* const response = asked[i]->evidence.response();
    ASSERT_NE(response, nullptr) << outcome_text(*asked[i]);
    EXPECT_EQ(response->body.wire_bytes, (i % 100) * 100 + 1);
  }
}

TEST_P(EitherServer, SendsALargeBody) {
  files.write("www/large", std::string(std::size_t{20} << 20, 'l'));
  probe::SessionLimits limits;
  limits.body.max_bytes = std::size_t{32} << 20;
  const auto visitor = client(limits);
  visitor->open(address);
  const probe::Exchange& exchange = visitor->ask("/large");
  ASSERT_TRUE(visitor->settle(std::chrono::seconds(60)));
  ASSERT_NE(exchange.evidence.response(), nullptr) << outcome_text(exchange);
  EXPECT_EQ(exchange.evidence.response()->body.wire_bytes, std::size_t{20} << 20);
}

TEST_P(EitherServer, IsRefusedAboveTheBodyLimitAndTheConnectionLivesOn) {
  files.write("www/large", std::string(std::size_t{2} << 20, 'l'));
  probe::SessionLimits limits;
  limits.body.max_bytes = 100'000;
  const auto visitor = client(limits);
  visitor->open(address);
  // Together far more than the window of the connection: what is thrown away must not use it up.
  for (int i = 0; i < 40; ++i) {
    const probe::Exchange& exchange = visitor->ask("/large");
    ASSERT_TRUE(visitor->settle()) << i;
    EXPECT_EQ(outcome_text(exchange), "body/too-large: body is larger than max_body_bytes (100000 bytes)");
  }
  const probe::Exchange& exchange = visitor->ask("/hello.txt");
  ASSERT_TRUE(visitor->settle());
  EXPECT_EQ(outcome_text(exchange), "200 HTTP/3");
}

TEST_P(EitherServer, GivesA404) {
  const auto visitor = client();
  EXPECT_EQ(one(*visitor, address, "/nothing-here"), "404 HTTP/3");
}

TEST_P(EitherServer, IsRefusedWhereTheNameDoesNotMatch) {
  tls.server_name = "shop.example";
  const auto visitor = client(tls);
  const std::string text = one(*visitor, address, "/hello.txt", "shop.example");
  if (std::string_view(GetParam()) == "caddy") {  // has no certificate for that name, and says so itself
    EXPECT_EQ(text, "tls/tls: the server refused the TLS handshake: internal_error (80)");
  } else {
    EXPECT_EQ(text,
              "tls/tls: hostname mismatch: it covers \"localhost\", \"also.example\", and \"shop.example\" was "
              "asked for");
  }
  EXPECT_EQ(visitor->session().peer(), nullptr);
  EXPECT_TRUE(visitor->session().is_draining());
}

TEST_P(EitherServer, IsRefusedWhereTheAuthorityIsUnknown) {
  tls.ca_file = files.path("other.pem");
  const auto visitor = client(tls);
  EXPECT_EQ(one(*visitor, address, "/hello.txt"),
            "tls/tls: unable to get local issuer certificate: \"Test Authority\" issued it");
  tls.ca_file.clear();
  const auto with_system_store = client(tls);
  EXPECT_EQ(one(*with_system_store, address, "/hello.txt"),
            "tls/tls: unable to get local issuer certificate: \"Test Authority\" issued it");
}

TEST_P(EitherServer, MayGoAndComeBack) {
  const auto visitor = client();
  ASSERT_EQ(one(*visitor, address, "/hello.txt"), "200 HTTP/3");
  server->terminate();
  visitor->ask("/hello.txt");
  ASSERT_TRUE(visitor->settle());
  EXPECT_EQ(visitor->unprocessed.size(), 1U) << outcome_text(*visitor->outcomes.back());
  EXPECT_TRUE(visitor->session().is_draining());
  EXPECT_TRUE(one(*visitor, address, "/hello.txt").starts_with("connect/refused: ")) << "nobody is there";
  serve(std::string_view(GetParam()) == "caddy" ? caddy(files, address) : gtlsserver(files, address));
  EXPECT_EQ(one(*visitor, address, "/hello.txt"), "200 HTTP/3");
}

TEST_P(EitherServer, IsKilledWhileItAnswers) {
  files.write("www/large", std::string(std::size_t{64} << 20, 'l'));
  probe::SessionLimits limits;
  limits.body.max_bytes = std::size_t{128} << 20;
  const auto visitor = client(limits);
  visitor->open(address);
  const probe::Exchange& exchange = visitor->ask("/large");
  while (visitor->first_bytes == 0) {
    ASSERT_TRUE(network->turn(network->now() + std::chrono::seconds(20)));
  }
  server->kill();
  ASSERT_TRUE(visitor->settle());
  EXPECT_TRUE(outcome_text(exchange).starts_with("body/refused: Connection refused after ")) << outcome_text(exchange);
}

TEST_P(EitherServer, ForgetsAnAbandonedExchange) {
  const auto visitor = client();
  visitor->open(address);
  probe::Exchange& early = visitor->ask("/hello.txt");
  visitor->abandon(early);
  const probe::Exchange& kept = visitor->ask("/hello.txt");
  ASSERT_TRUE(visitor->settle());
  EXPECT_EQ(outcome_text(kept), "200 HTTP/3");
  probe::Exchange& late = visitor->ask("/hello.txt");
  visitor->abandon(late);
  EXPECT_EQ(visitor->session().carried(), 0U);
  EXPECT_EQ(visitor->outcomes.size(), 1U);
}

TEST_F(RealServers, CaddysHeadsAreHeldAgainstTheLimits) {
  serve(caddy(files, address));
  const auto visitor = client();
  const std::string limit =
      "head/too-large: response head is over a limit: 65536 bytes, 200 fields, 16384 bytes a value";
  EXPECT_EQ(one(*visitor, address, "/long-value"), limit);
  const probe::Exchange& many = visitor->ask("/many-fields");
  const probe::Exchange& empty = visitor->ask("/empty");
  ASSERT_TRUE(visitor->settle());
  EXPECT_EQ(outcome_text(many), limit);
  EXPECT_EQ(outcome_text(empty), "204 HTTP/3") << "one large head costs its own exchange alone";
}

TEST_F(RealServers, LostDatagramsAreSentAgain) {
  serve(gtlsserver(files, address, {"-t", "0.1", "-r", "0.1"}));
  files.write("www/large", std::string(std::size_t{1} << 20, 'l'));
  const auto visitor = client();
  visitor->open(address);
  for (int i = 0; i < 20; ++i) {
    visitor->ask(i == 0 ? "/large" : "/hello.txt");
  }
  ASSERT_TRUE(visitor->settle(std::chrono::seconds(60)));
  for (const probe::Exchange* exchange : visitor->outcomes) {
    EXPECT_EQ(outcome_text(*exchange), "200 HTTP/3");
  }
  EXPECT_EQ(visitor->outcomes.size(), 20U);
}

TEST_F(RealServers, AnAddressMayHaveToBeProven) {
  serve(gtlsserver(files, address, {"-V"}));  // Retry, RFC 9000 8.1.2
  const auto visitor = client();
  EXPECT_EQ(one(*visitor, address, "/hello.txt"), "200 HTTP/3");
}

TEST_F(RealServers, AnIdleConnectionEndsInSilence) {
  serve(gtlsserver(files, address, {"--timeout=1s"}));
  const auto visitor = client();
  ASSERT_EQ(one(*visitor, address, "/hello.txt"), "200 HTTP/3");
  const base::Tick end = network->now() + std::chrono::seconds(20);
  while (!visitor->session().is_draining() && network->now() < end) {
    network->turn(end);
  }
  EXPECT_TRUE(visitor->session().is_draining());
  EXPECT_EQ(visitor->outcomes.size(), 1U);
}

TEST_F(RealServers, AClosedPortIsRefusedAtOnce) {
  const auto visitor = client();
  EXPECT_EQ(one(*visitor, address, "/hello.txt"), "connect/refused: Connection refused");
}

TEST_F(RealServers, ASilentPortIsGivenUpByTheDeadline) {
  adapters::UniqueFd silent(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const adapters::NativeAddress native = adapters::to_native(address);
  ASSERT_EQ(::bind(silent.get(), native.get(), native.size), 0);
  const auto visitor = client();
  visitor->open(address);
  probe::Exchange& exchange = visitor->ask("/hello.txt");
  EXPECT_FALSE(visitor->settle(std::chrono::milliseconds(300)));
  EXPECT_EQ(visitor->session().stage(exchange), base::Stage::connect);
  EXPECT_EQ(visitor->session().progress(exchange), "without any datagram in answer");
  visitor->abandon(exchange);
  EXPECT_EQ(visitor->session().carried(), 0U);
}

TEST_F(RealServers, AMissingTrustStoreIsSaid) {
  tls.ca_file = files.path("missing.pem");
  const auto visitor = client(tls);
  EXPECT_EQ(one(*visitor, address, "/hello.txt"), "tls/tls: cannot load the certificate authorities in \"" +
                                                      files.path("missing.pem") +
                                                      "\": Error while reading file.; check tls.ca");
  ports::TlsClient nameless;
  nameless.ca_file = files.path("ca.pem");
  const auto anybody = client(nameless);
  EXPECT_EQ(one(*anybody, address, "/hello.txt"),
            "tls/tls: no certificate can be verified against the name \"\"; check tls.server_name");
}

}  // namespace cachewitness::testing
