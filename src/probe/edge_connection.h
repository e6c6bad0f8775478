// EdgeConnection: one stream to an edge, the session that speaks on it and the exchanges that it carries. Writes
// into their evidence what the stream shows; which exchange goes where is the lane's business.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "ports/network.h"
#include "probe/exchange.h"
#include "probe/http1_session.h"
#include "probe/http2_session.h"
#include "probe/run_state.h"

namespace cachewitness::probe {

class EdgeConnection final : public ports::ConnectionEvents, private SessionEvents {
 public:
  // Told from within the network's callbacks and abandon().
  class Owner {
   public:
    virtual ~Owner() = default;
    // The exchange has its outcome, and the connection carries it no more.
    virtual void on_outcome(EdgeConnection& connection, Exchange& exchange) = 0;
    // The peer did not act on it: it may be sent again, elsewhere.
    virtual void on_unprocessed(EdgeConnection& connection, Exchange& exchange) = 0;
    // After everything else: the connection may be open or closed now, have room or none.
    virtual void on_change(EdgeConnection& connection) = 0;
  };

  EdgeConnection(RunState& run, Owner& owner);

  // Connects and then carries `exchange`; the target's route learns of a detour. Requires: is_closed(), and that the
  // target, which outlives the connection, has a route.
  void open(LaneTarget& target, Exchange& exchange);
  // The request waits for flush(). Requires: room() > 0.
  void carry(Exchange& exchange);
  // Sends what carry() and the session have written: one send for all of it.
  void flush();
  // Gives one up that it carries; the others go on where the protocol lets them.
  void abandon(Exchange& exchange);
  // Drops the stream. Requires: is_idle() or nothing of what it carries matters.
  void close();

  [[nodiscard]] bool is_closed() const { return state_ == State::closed; }
  [[nodiscard]] bool is_opening() const { return state_ == State::opening; }
  [[nodiscard]] bool is_idle() const { return state_ == State::open && session_->carried() == 0; }
  // How many more exchanges it takes now.
  [[nodiscard]] std::uint32_t room() const { return state_ == State::open ? session_->room() : 0; }
  [[nodiscard]] bool has_unsent() const { return state_ == State::open && !out_.empty(); }
  // Unique in a run; a later one is greater.
  [[nodiscard]] std::uint64_t number() const { return path_.connection; }
  // It was made for the server name of the request.
  [[nodiscard]] bool is_of(const ProbeRequest& request) const;
  // RFC 9110 4.3.3, RFC 9113 9.1.1: its certificate speaks for the request's server too, so it may be asked.
  [[nodiscard]] bool covers(const ProbeRequest& request) const;
  [[nodiscard]] bool speaks_http2() const { return session_ == http2_.get(); }
  // How far the exchange has come: where a timeout struck.
  [[nodiscard]] base::Stage stage(const Exchange& exchange) const;
  [[nodiscard]] std::string progress(const Exchange& exchange) const;

  void on_open(const ports::PeerInfo& peer) override;
  void on_bytes(std::string_view bytes) override;
  void on_end() override;
  void on_failure(const base::Failure& failure) override;

  bool is_listed = false;     // the lane's own: among those with room
  bool is_unflushed = false;  // the lane's own: among those to flush
  bool is_counted = false;    // the lane's own: among those that open

 private:
  enum class State : std::uint8_t { closed, opening, open };

  void on_first_byte(Exchange& exchange) override;
  void on_outcome(Exchange& exchange) override;
  void on_unprocessed(Exchange& exchange) override;
  void fail_opening(const base::Failure& failure);
  [[nodiscard]] Session& speak(std::string_view protocol);
  void settle();

  RunState& run_;
  Owner& owner_;
  State state_ = State::closed;
  bool is_tls_ = false;
  manifest::HttpChoice http_ = manifest::HttpChoice::automatic;
  ports::Route* route_ = nullptr;
  ports::TlsClient tls_;
  evidence::Path path_;
  std::uint32_t begun_ = 0;    // exchanges, since the stream was opened
  Exchange* first_ = nullptr;  // while opening: what it is opened for
  base::Instant event_at_;     // when the bytes being looked at had come
  Http1Session http1_;
  std::unique_ptr<Http2Session> http2_;  // made for the first stream that speaks it, then kept
  Session* session_ = &http1_;
  std::string out_;  // not sent yet
  std::unique_ptr<ports::Connection> stream_;
};

}  // namespace cachewitness::probe
