// Session: one HTTP version on one stream. Exchanges in, bytes of requests out; bytes of responses in, outcomes
// out. Sans-I/O: knows no stream and no clock. The connection owns both and moves the bytes between them.
//
// Events are told from within receive(), receive_end(), receive_failure() and abandon() alone; whoever is told must
// not call the session back before that call has returned. Buffers are kept over start(): a stream that follows another
// allocates nothing, and neither does an exchange in steady state.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/failure.h"
#include "probe/exchange.h"

namespace cachewitness::probe {

class SessionEvents {
 public:
  virtual ~SessionEvents() = default;
  // The first byte of its response is here.
  virtual void on_first_byte(Exchange& exchange) = 0;
  // `exchange.evidence.outcome` is set, and the session has forgotten the exchange.
  virtual void on_outcome(Exchange& exchange) = 0;
  // The peer did not act on the request and says so, or ended a kept stream before it showed any byte of a
  // response (RFC 9112 9.3.1, RFC 9113 8.7): it may be sent again on another stream. Forgotten as well.
  virtual void on_unprocessed(Exchange& exchange) = 0;
  // A request that begin() had to keep, for the handshake is the session's own (QUIC), leaves only now.
  virtual void on_sent(Exchange& /*exchange*/) {}
};

class Session {
 public:
  virtual ~Session() = default;

  // A new stream begins: forgets everything. Appends what opens it, before any request.
  virtual void start(std::string& out) = 0;
  // How many more exchanges it would carry now, those under way not counted; 0 once it is draining.
  [[nodiscard]] virtual std::uint32_t room() const = 0;
  // How many it carries.
  [[nodiscard]] virtual std::uint32_t carried() const = 0;
  // Carries `exchange` until one of its events or abandon(). Appends its request. Requires: room() > 0.
  virtual void begin(Exchange& exchange, std::string& out) = 0;
  // Takes all of `bytes`. Appends what the protocol answers by itself.
  virtual void receive(std::string_view bytes, std::string& out) = 0;
  // The peer has finished: what is carried gets its outcome. Nothing is carried afterwards.
  virtual void receive_end() = 0;
  // The stream broke: the same. `failure` says how; its stage is the exchange's own.
  virtual void receive_failure(const base::Failure& failure) = 0;
  // Gives one up without an event of its own: it took too long, or the run ends. Where that costs others their
  // place (those behind it in a pipeline), they are told as unprocessed.
  virtual void abandon(Exchange& exchange, std::string& out) = 0;
  // It takes no further exchange, ever: close the stream once nothing is carried.
  [[nodiscard]] virtual bool is_draining() const = 0;

  // How far a carried exchange has come: where a timeout struck, and the words for it.
  [[nodiscard]] virtual base::Stage stage(const Exchange& exchange) const = 0;
  [[nodiscard]] virtual std::string progress(const Exchange& exchange) const = 0;
};

}  // namespace cachewitness::probe
