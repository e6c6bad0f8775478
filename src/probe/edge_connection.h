// EdgeConnection: one connection to an edge, the session that speaks on it and the exchanges that it carries. Writes
// into their evidence what the connection shows; which exchange goes where is the lane's business. What it runs over
// is that of the two kinds: a stream of bytes (stream_connection.h) or datagrams (datagram_connection.h).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "ports/network.h"
#include "probe/exchange.h"
#include "probe/run_state.h"
#include "probe/session.h"
#include "probe/session_limits.h"

namespace cachewitness::probe {

class EdgeConnection : protected SessionEvents {
 public:
  // Told from within the network's callbacks, carry(), flush() and abandon().
  class Owner {
   public:
    virtual ~Owner() = default;
    // The exchange has its outcome, and the connection carries it no more.
    virtual void on_outcome(EdgeConnection& connection, Exchange& exchange) = 0;
    // The peer did not act on it: it may be sent again, elsewhere.
    virtual void on_unprocessed(EdgeConnection& connection, Exchange& exchange) = 0;
    // After everything else: the connection may be open or closed now, have room or none. Never from within carry()
    // and flush().
    virtual void on_change(EdgeConnection& connection) = 0;
  };

  EdgeConnection(const EdgeConnection&) = delete;
  EdgeConnection& operator=(const EdgeConnection&) = delete;

  // Connects and then carries `exchange`; the target's route learns of a detour. Requires: is_closed(), and that the
  // target, which outlives the connection, has a route.
  virtual void open(LaneTarget& target, Exchange& exchange) = 0;
  // The request waits for flush(). Requires: room() > 0.
  virtual void carry(Exchange& exchange) = 0;
  // Sends what carry() and the session have written, all of it at once.
  virtual void flush() = 0;
  // Gives one up that it carries; the others go on where the protocol lets them.
  virtual void abandon(Exchange& exchange) = 0;
  // Drops the connection. Requires: is_idle() or nothing of what it carries matters.
  virtual void close() = 0;

  [[nodiscard]] bool is_closed() const { return state_ == State::closed; }
  [[nodiscard]] bool is_idle() const { return state_ == State::open && session_->carried() == 0; }
  // How many more exchanges it takes now.
  [[nodiscard]] std::uint32_t room() const { return state_ == State::open ? session_->room() : 0; }
  [[nodiscard]] virtual bool has_unsent() const = 0;
  // Unique in a run; a later one is greater.
  [[nodiscard]] std::uint64_t number() const { return path_.connection; }
  // Exchanges, since it was opened.
  [[nodiscard]] std::uint32_t begun() const { return begun_; }
  // It was made for the server name of the request.
  [[nodiscard]] bool is_of(const ProbeRequest& request) const;
  // RFC 9110 4.3.3, RFC 9113 9.1.1: its certificate speaks for the request's server too, so it may be asked.
  [[nodiscard]] virtual bool covers(const ProbeRequest& request) const = 0;
  // It speaks a version that browsers share between server names: HTTP/2 or HTTP/3 (RFC 9114 3.3).
  [[nodiscard]] virtual bool is_multiplexed() const = 0;
  // How far the exchange has come: where a timeout struck.
  [[nodiscard]] virtual base::Stage stage(const Exchange& exchange) const { return session_->stage(exchange); }
  [[nodiscard]] virtual std::string progress(const Exchange& exchange) const { return session_->progress(exchange); }

  bool is_listed = false;     // the lane's own: among those with room
  bool is_unflushed = false;  // the lane's own: among those to flush
  bool is_counted = false;    // the lane's own: among those that open
  bool is_used = false;       // the lane's own: among RunState::used_connections

 protected:
  enum class State : std::uint8_t { closed, opening, open };

  EdgeConnection(RunState& run, Owner& owner) : run_(run), owner_(owner) {}

  // A new path begins, on which `exchange` comes first.
  void begin_opening(LaneTarget& target, Exchange& exchange);
  // The network has found its way; what TLS adds is not part of it.
  void take_way(const ports::PeerInfo& peer);
  void take_handshake(const ports::PeerInfo& peer);
  // Hands the exchange to the session, its evidence filled in with what is known of the path by now.
  void begin(Exchange& exchange);

  void on_first_byte(Exchange& exchange) override;
  void on_outcome(Exchange& exchange) override;
  void on_unprocessed(Exchange& exchange) override;

  RunState& run_;
  Owner& owner_;
  State state_ = State::closed;
  bool is_tls_ = false;
  ports::Route* route_ = nullptr;
  ports::TlsClient tls_;
  evidence::Path path_;
  base::Instant event_at_;  // when what is being looked at had come
  Session* session_ = nullptr;
  std::string out_;  // not sent yet

 private:
  std::uint32_t begun_ = 0;
};

// What all sessions of a run are held to.
[[nodiscard]] SessionLimits session_limits(const ProbeSettings& settings);
// The name to ask TLS for; where the source names none, the Host without its port.
[[nodiscard]] std::string_view server_name(const ProbeRequest& request);

}  // namespace cachewitness::probe
