// Resumption as the port shows it: through EpollNetwork, within a run and from one run to the next.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include "adapters/epoll_network.h"
#include "adapters/tls_session_archive.h"
#include "adapters/tls_sessions.h"
#include "contract/network_contract.h"
#include "support/test_authority.h"

namespace cachewitness::testing {

namespace {

class TlsResumptionTest : public ::testing::Test {
 protected:
  TlsResumptionTest() {
    const ports::TlsServer identity = authority_.server({"a.example", "*.shop.example"});
    listener_ = std::move(*network_->listen(*base::parse_ip("127.0.0.1", 0), &identity, accepts_));
    accepts_.when_accepted = [](RecordedStream& stream) {
      stream.when_bytes = [&stream] { stream.connection->send("world"); };
    };
  }

  // One exchange, for tickets come with the first bytes; both networks turn, for the server lives on its own.
  std::unique_ptr<RecordedStream> visit(ports::Network& network, const ports::TlsClient& settings) {
    auto stream = std::make_unique<RecordedStream>();
    stream->connection = network.connect(listener_->address(), &settings, *stream);
    stream->connection->send("hello");
    turn_until(network, [&] {
      network_->turn(network_->now());
      network_->turn(network_->now());  // what was answered in the first leaves with the second
      return stream->bytes == "world" || stream->is_over();
    });
    return stream;
  }
  static std::unique_ptr<adapters::EpollNetwork> next_run(const std::string& state) {
    auto network = std::move(*adapters::EpollNetwork::make());
    EXPECT_TRUE(network->import_sessions(state));
    return network;
  }

  TestAuthority authority_;
  ports::TlsClient settings_ = authority_.client("a.example");
  std::unique_ptr<adapters::EpollNetwork> network_ = std::move(*adapters::EpollNetwork::make());
  std::unique_ptr<adapters::EpollNetwork> run_ = std::move(*adapters::EpollNetwork::make());
  RecordedAccepts accepts_;
  std::unique_ptr<ports::Listener> listener_;
};

}  // namespace

TEST_F(TlsResumptionTest, IsToldAndCoversTheSameHosts) {
  const auto first = visit(*run_, settings_);
  const auto second = visit(*run_, settings_);
  ASSERT_TRUE(first->peer && second->peer);
  EXPECT_FALSE(first->peer->is_resumed);
  EXPECT_TRUE(second->peer->is_resumed);
  EXPECT_EQ(second->peer->protocol, "http/1.1");
  EXPECT_EQ(second->peer->certificate_sha256, first->peer->certificate_sha256);
  EXPECT_EQ(second->peer->certificate_sha256.size(), 64U);
  EXPECT_TRUE(second->connection->covers("x.shop.example"));
  EXPECT_FALSE(second->connection->covers("b.example"));
}

TEST_F(TlsResumptionTest, GoesFromOneRunToTheNext) {
  const auto before = visit(*run_, settings_);
  const std::string state = run_->export_sessions();
  ASSERT_FALSE(state.empty());
  const auto later = next_run(state);
  const auto after = visit(*later, settings_);
  ASSERT_TRUE(after->peer.has_value());
  EXPECT_TRUE(after->peer->is_resumed);
  EXPECT_EQ(after->peer->certificate_sha256, before->peer->certificate_sha256);
  EXPECT_TRUE(after->connection->covers("x.shop.example"));
  ports::TlsClient other = settings_;
  other.alpn = {"h2", "http/1.1"};
  EXPECT_FALSE(visit(*later, other)->peer->is_resumed) << "other protocols were offered";
  other = settings_;
  other.is_resuming = false;
  EXPECT_FALSE(visit(*later, other)->peer->is_resumed) << "not wanted";
}

TEST_F(TlsResumptionTest, DoesNotGoFromOneTrustStoreToAnother) {
  visit(*run_, settings_);
  const std::string state = run_->export_sessions();
  const auto later = next_run(state);
  const TestAuthority stranger;
  const auto refused = visit(*later, stranger.client("a.example"));
  ASSERT_EQ(refused->failures.size(), 1U);
  EXPECT_THAT(refused->failures[0].detail, ::testing::StartsWith("unable to get local issuer certificate"));
  const auto after_that = next_run(later->export_sessions());
  EXPECT_TRUE(visit(*after_that, settings_)->peer->is_resumed) << "handed on by a run that had no use for it";
}

TEST_F(TlsResumptionTest, TakesNothingFromWhatIsNotItsOwn) {
  visit(*run_, settings_);
  std::string state = run_->export_sessions();
  state.back() = static_cast<char>(state.back() ^ 1);
  const auto later = std::move(*adapters::EpollNetwork::make());
  EXPECT_FALSE(later->import_sessions(state));
  EXPECT_FALSE(later->import_sessions(""));
  EXPECT_FALSE(visit(*later, settings_)->peer->is_resumed);
  EXPECT_TRUE(std::move(*adapters::EpollNetwork::make())->export_sessions().empty());
}

// A session with the wrong secret, as by an edge whose keys went wrong: RFC 8446 4.2.11 has the server abort.
TEST_F(TlsResumptionTest, OffersASessionThatFailedToNobodyAgain) {
  visit(*run_, settings_);
  auto sessions = *adapters::read_sessions(run_->export_sessions());
  for (adapters::ArchivedSession& session : sessions) {
    std::string secret(64, '\0');
    const adapters::SessionPointer parsed = adapters::read_session(session.state);
    secret.resize(::SSL_SESSION_get_master_key(parsed.get(), reinterpret_cast<unsigned char*>(secret.data()), 64));
    session.state.replace(session.state.find(secret), secret.size(), std::string(secret.size(), 'x'));
  }
  const auto later = next_run(adapters::write_sessions(sessions));
  const auto failed = visit(*later, settings_);
  ASSERT_EQ(failed->failures.size(), 1U);
  EXPECT_EQ(failed->failures[0].stage, base::Stage::tls);
  const auto next = visit(*later, settings_);
  ASSERT_TRUE(next->peer.has_value());
  EXPECT_FALSE(next->peer->is_resumed);
}

}  // namespace cachewitness::testing
