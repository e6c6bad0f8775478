// DatagramSession: a Session whose stream is a UDP socket (HTTP/3). What TCP, TLS and a kernel do for the others it
// does itself, so it needs the time, wants to be woken, and sends datagrams. It is still sans-I/O: the time is told,
// never asked for. A connection over it is driven so, on every event of the socket or the timer:
//
//     session.on_time(network.now());
//     session.receive(datagram, unused);  // or receive_failure(), ...; each leaves its `out` empty
//     session.write(datagrams);           // one send() each
//     rearm the timer for session.wakes_at();
//
// begin() and abandon() need no time, and what they leave goes out with the next write().
// The socket is open at once and says nothing of the peer: requests may begin() while the handshake goes on, which
// ends as their outcome where it fails. Events come from within on_time() and write(), too.
#pragma once

#include <memory>
#include <string_view>

#include "base/failure.h"
#include "base/time.h"
#include "ports/network.h"
#include "probe/datagrams.h"
#include "probe/session.h"

namespace cachewitness::probe {

struct SessionLimits;

class DatagramSession : public Session {
 public:
  // It is `now`: told before start(), receive() and write() of one event, and when wakes_at() has come.
  virtual void on_time(base::Tick now) = 0;
  // The latest time for the next on_time(); in the past where an outcome waits to be told.
  [[nodiscard]] virtual base::Tick wakes_at() const = 0;
  // Appends all that may be sent now.
  virtual void write(Datagrams& out) = 0;
  // Appends the good-bye to the peer. Nothing but start() may follow.
  virtual void close(Datagrams& out) = 0;

  // What the handshake proved: TLS version, certificate and protocol, without addresses. Null until it is over.
  [[nodiscard]] virtual const ports::PeerInfo* peer() const = 0;
  // As Connection::covers(), of the certificate of peer().
  [[nodiscard]] virtual bool covers(std::string_view host) const = 0;
};

// Where an HTTP version over datagrams comes from; the prober is given one where it was built in.
class DatagramSessions {
 public:
  virtual ~DatagramSessions() = default;
  // For one connection after the other to the same name. `events` outlives it, and this outlives both.
  virtual std::unique_ptr<DatagramSession> make(const ports::TlsClient& tls, const SessionLimits& limits,
                                                std::string_view user_agent, SessionEvents& events) = 0;
};

}  // namespace cachewitness::probe
