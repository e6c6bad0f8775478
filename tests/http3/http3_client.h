// Http3Client: one connection and its timer around a session, as a prober would drive it: the events of a socket in,
// its datagrams out, over a real network. For tests.
#pragma once

#include <chrono>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ports/network.h"
#include "probe/datagram_session.h"
#include "probe/exchange.h"
#include "probe/session_limits.h"

namespace cachewitness::testing {

class Http3Client final : private ports::ConnectionEvents, private ports::TimerEvents, private probe::SessionEvents {
 public:
  Http3Client(ports::Network& network, probe::DatagramSessions& sessions, const ports::TlsClient& tls,
              const probe::SessionLimits& limits = {});
  ~Http3Client() override;
  Http3Client(const Http3Client&) = delete;
  Http3Client& operator=(const Http3Client&) = delete;

  // Drops the stream where there is one.
  void open(const base::SocketAddress& to);
  // Says good-bye.
  void close();
  // Requires: a stream that is open.
  probe::Exchange& ask(std::string_view target, std::string_view host = "localhost");
  void abandon(probe::Exchange& exchange);
  // Turns the network until nothing is carried, or `limit` has passed: false.
  bool settle(base::Duration limit = std::chrono::seconds(20));

  [[nodiscard]] probe::DatagramSession& session() { return *session_; }
  [[nodiscard]] ports::Network& network() { return network_; }

  int first_bytes = 0;
  int sent_late = 0;
  std::vector<probe::Exchange*> outcomes;
  std::vector<probe::Exchange*> unprocessed;

 private:
  void on_open(const ports::PeerInfo& peer) override;
  void on_bytes(std::string_view bytes) override;
  void on_end() override;
  void on_failure(const base::Failure& failure) override;
  void on_timer(base::Tick now) override;
  void on_first_byte(probe::Exchange& exchange) override;
  void on_outcome(probe::Exchange& exchange) override;
  void on_unprocessed(probe::Exchange& exchange) override;
  void on_sent(probe::Exchange& exchange) override;

  void flush();

  ports::Network& network_;
  std::unique_ptr<probe::DatagramSession> session_;
  std::unique_ptr<ports::Connection> stream_;
  ports::TimerId timer_ = ports::TimerId::none;
  probe::Datagrams datagrams_;
  std::string unused_;
  std::deque<probe::Exchange> exchanges_;
};

// "200 HTTP/3", or "tls/tls: why".
[[nodiscard]] std::string outcome_text(const probe::Exchange& exchange);

}  // namespace cachewitness::testing
