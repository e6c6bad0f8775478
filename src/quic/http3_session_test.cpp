// What a session makes of datagrams that no server's handshake has blessed, and of time that passes.
#include "quic/http3_session.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "quic/http3_sessions.h"

namespace cachewitness::quic {

namespace {

class Http3SessionTest : public ::testing::Test, protected probe::SessionEvents {
 protected:
  Http3SessionTest() {
    ports::TlsClient tls;
    tls.server_name = "shop.example";
    session = sessions.make(tls, probe::SessionLimits{}, "cachewitness/test", *this);
    session->on_time(now);
    session->start(unused);
  }

  void on_first_byte(probe::Exchange& /*exchange*/) override { ADD_FAILURE() << "nothing was answered"; }
  void on_unprocessed(probe::Exchange& /*exchange*/) override { ADD_FAILURE() << "nothing was rejected"; }
  void on_outcome(probe::Exchange& each) override {
    const base::Failure& failure = *each.evidence.failure();
    outcomes.push_back(std::string(name(failure.stage)) + "/" + std::string(name(failure.cause)) + ": " +
                       failure.detail);
  }

  void begin() {
    exchange.request.host = "shop.example";
    exchange.request.target = "/";
    session->begin(exchange, unused);
  }
  std::vector<std::string> write() {
    probe::Datagrams out;
    session->write(out);
    std::vector<std::string> all;
    for (std::size_t i = 0; i < out.size(); ++i) {
      all.emplace_back(out.at(i));
    }
    return all;
  }
  void receive(std::string_view datagram) { session->receive(datagram, unused); }

  // RFC 9000 17.2.1, in answer to a client's first packet.
  static std::string version_negotiation(std::string_view initial, std::string_view versions) {
    const auto theirs_size = static_cast<std::size_t>(static_cast<unsigned char>(initial[5]));
    const std::string_view theirs = initial.substr(5, 1 + theirs_size);
    const auto ours_size = static_cast<std::size_t>(static_cast<unsigned char>(initial[6 + theirs_size]));
    const std::string_view ours = initial.substr(6 + theirs_size, 1 + ours_size);
    std::string out("\x80\0\0\0\0", 5);
    return out.append(ours).append(theirs).append(versions);
  }

  Http3Sessions sessions;
  std::unique_ptr<probe::DatagramSession> session;
  base::Tick now{5'000'000'000};
  probe::Exchange exchange;
  std::vector<std::string> outcomes;
  std::string unused;
};

}  // namespace

TEST_F(Http3SessionTest, SendsAFirstPacketThatNoAmplifierLikes) {
  begin();
  const auto out = write();
  ASSERT_EQ(out.size(), 1U);
  EXPECT_GE(out[0].size(), 1200U) << "RFC 9000 14.1";
  EXPECT_LE(out[0].size(), 1452U);
  EXPECT_EQ(write().size(), 0U);
  EXPECT_EQ(session->carried(), 1U);
  EXPECT_EQ(session->stage(exchange), base::Stage::connect);
}

TEST_F(Http3SessionTest, SendsItAgainWhereNothingComesBack) {
  begin();
  write();
  std::size_t again = 0;
  for (const base::Tick end = now + std::chrono::seconds(5); now < end;) {
    ASSERT_GT(session->wakes_at(), now) << "or it would spin";
    now = session->wakes_at();
    session->on_time(now);
    again += write().size();
  }
  EXPECT_GE(again, 3U) << "probes, RFC 9002 6.2.4";
  EXPECT_LE(again, 20U) << "further and further apart";
  EXPECT_TRUE(outcomes.empty());
}

TEST_F(Http3SessionTest, GivesUpWhenItIsIdle) {
  begin();
  write();
  now = now + std::chrono::minutes(5);
  session->on_time(now);
  write();
  session->on_time(now);
  EXPECT_EQ(outcomes, std::vector<std::string>{"connect/timeout: the QUIC connection was idle for too long"});
  EXPECT_TRUE(session->is_draining());
  EXPECT_EQ(session->wakes_at(), base::Tick::never());
}

TEST_F(Http3SessionTest, SaysWhichVersionsTheServerHas) {
  begin();
  const auto out = write();
  receive(version_negotiation(out.at(0), std::string("\xff\0\0\x1d\x0a\x0a\x0a\x0a", 8)));
  EXPECT_EQ(outcomes, std::vector<std::string>{"connect/malformed-response: the server does not speak version 1 of "
                                               "QUIC; it offers 0xff00001d, 0xa0a0a0a"});
  EXPECT_TRUE(write().empty()) << "RFC 9000 6.2: it is abandoned without a word";
}

TEST_F(Http3SessionTest, IgnoresVersionNegotiationThatIsNoAnswer) {
  begin();
  const auto out = write();
  receive(version_negotiation(out.at(0), std::string("\0\0\0\x01", 4)));  // RFC 9000 6.2: ours is in it
  std::string other = version_negotiation(out.at(0), std::string("\xff\0\0\x1d", 4));
  other[6] = static_cast<char>(other[6] ^ 1);  // another connection
  receive(other);
  EXPECT_TRUE(outcomes.empty());
  EXPECT_EQ(session->carried(), 1U);
}

TEST_F(Http3SessionTest, IgnoresNoise) {
  begin();
  const auto out = write();
  receive("x");
  receive(std::string(1200, '\xff'));
  receive(std::string(1200, '\0'));
  receive(out.at(0));
  EXPECT_TRUE(outcomes.empty());
  EXPECT_EQ(session->stage(exchange), base::Stage::tls);
  EXPECT_EQ(session->progress(exchange), "during the QUIC handshake");
}

TEST_F(Http3SessionTest, PassesOnWhatBrokeTheSocket) {
  begin();
  write();
  session->receive_failure({base::Stage::connect, base::FailureCause::refused, "Connection refused"});
  EXPECT_EQ(outcomes, std::vector<std::string>{"connect/refused: Connection refused"});
  EXPECT_TRUE(session->is_draining());
  EXPECT_EQ(session->room(), 0U);
  EXPECT_TRUE(write().empty());
}

TEST_F(Http3SessionTest, StartsAnewAfterAFailure) {
  begin();
  session->receive_failure({base::Stage::connect, base::FailureCause::refused, "Connection refused"});
  session->start(unused);
  EXPECT_FALSE(session->is_draining());
  EXPECT_EQ(session->room(), 100U);
  begin();
  EXPECT_EQ(write().size(), 1U);
  session->abandon(exchange, unused);
  EXPECT_EQ(session->carried(), 0U);
  EXPECT_EQ(outcomes.size(), 1U);
}

TEST_F(Http3SessionTest, MayCloseBeforeItIsOpen) {
  begin();
  write();
  probe::Datagrams out;
  session->close(out);
  EXPECT_LE(out.size(), 1U);
}

}  // namespace cachewitness::quic
