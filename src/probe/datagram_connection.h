// DatagramConnection: an EdgeConnection over datagrams: HTTP/3. It keeps the session's time and moves its datagrams;
// the handshake is the session's own, so the first exchange is carried from the start and its evidence completed when
// the peer is known.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "probe/datagram_session.h"
#include "probe/edge_connection.h"

namespace cachewitness::probe {

class DatagramConnection final : public EdgeConnection, private ports::ConnectionEvents, private ports::TimerEvents {
 public:
  // Requires: the run has datagram sessions, and its network carries datagrams.
  DatagramConnection(RunState& run, Owner& owner);
  // Says good-bye.
  ~DatagramConnection() override;

  // Requires besides: the request is for an https URL, and no proxy lies on the route.
  void open(LaneTarget& target, Exchange& exchange) override;
  void carry(Exchange& exchange) override;
  void flush() override;
  void abandon(Exchange& exchange) override;
  void close() override;

  [[nodiscard]] bool has_unsent() const override { return state_ == State::open && is_unsent_; }
  [[nodiscard]] bool covers(const ProbeRequest& request) const override;
  [[nodiscard]] bool is_multiplexed() const override { return true; }

 private:
  void on_open(const ports::PeerInfo& peer) override;
  void on_bytes(std::string_view bytes) override;
  void on_end() override;
  void on_failure(const base::Failure& failure) override;
  void on_timer(base::Tick now) override;
  void on_sent(Exchange& exchange) override;
  void on_outcome(Exchange& exchange) override;

  void begin_event();
  void settle();
  void end();
  void pump();
  void send_datagrams();
  void rearm();
  void complete_path(Exchange& exchange);

  std::unique_ptr<DatagramSession> datagram_session_;  // made for a name, then kept
  std::string session_name_;                           // that name
  std::unique_ptr<ports::Connection> socket_;
  ports::TimerId timer_ = ports::TimerId::none;
  base::Tick rings_at_;     // the timer, where it is armed
  bool is_unsent_ = false;  // the session may have something to write
  Datagrams datagrams_;     // kept for its buffers
};

}  // namespace cachewitness::probe
