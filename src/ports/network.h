// Network: byte streams and timers on one thread. The probe engine and the lab are written against this
// port; adapters/epoll_network is the real one, testing::MemoryNetwork jumps its own clock.
//
// Everything happens inside turn(): callbacks are never called from connect(), send(), listen() or
// arm_timer(), and never after the Connection, Listener or timer was destroyed or cancelled. A callback
// may destroy the very Connection it was called for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/failure.h"
#include "base/result.h"
#include "base/socket_address.h"
#include "base/time.h"
#include "ports/route.h"

namespace cachewitness::ports {

// Client side of TLS. Verification is always on.
struct TlsClient {
  std::string server_name;  // SNI, and the name the certificate must cover
  std::string ca_file;      // PEM bundle; empty = the system's trust store
  std::vector<std::string> alpn{"http/1.1"};
  bool is_resuming = true;  // takes up earlier sessions of the same name and address, and keeps new ones
};

// Server side, for the lab and tests: PEM text.
struct TlsServer {
  std::string certificate_pem;
  std::string private_key_pem;
  std::vector<std::string> alpn{"http/1.1"};  // the first that the client offers too is spoken
};

// What a person wants to know of the path that the bytes took.
struct PeerInfo {
  base::SocketAddress remote;
  base::SocketAddress local;
  std::string tls_version;         // "TLSv1.3"; empty on plain TCP
  std::string certificate_sha256;  // of the leaf, lower-case hex; empty on plain TCP
  std::string detour{};            // what lies between the two, or why it is not the first address; for a person
  std::string protocol;            // by ALPN (RFC 7301): "h2", "http/1.1"; empty where none was agreed on
  bool is_resumed = false;         // from an earlier TLS session, which had the certificate verified
};

class ConnectionEvents {
 public:
  virtual ~ConnectionEvents() = default;
  // The stream is up, handshake included; send() works from now on (and was buffered before).
  virtual void on_open(const PeerInfo& peer) = 0;
  virtual void on_bytes(std::string_view bytes) = 0;
  // The peer finished in an orderly way (FIN, or TLS close_notify). Nothing follows.
  virtual void on_end() = 0;
  // The stream broke. Nothing follows.
  virtual void on_failure(const base::Failure& failure) = 0;
};

// Destroying it closes the stream at once.
class Connection {
 public:
  virtual ~Connection() = default;
  // Queues bytes; they are sent in order, as the peer takes them, with the next turn at the latest.
  virtual void send(std::string_view bytes) = 0;
  // Sends what is queued, then closes the sending side.
  virtual void finish() = 0;
  // Whether the peer's certificate is good for `host` as well, so that requests for it may go this way too
  // (RFC 9113 9.1.1). A plain stream proves no name, and refuses none.
  [[nodiscard]] virtual bool covers(std::string_view /*host*/) const { return true; }
};

class AcceptEvents {
 public:
  virtual ~AcceptEvents() = default;
  // Returns the events of the new stream, which must outlive it; the callee owns `connection`.
  virtual ConnectionEvents* on_accept(std::unique_ptr<Connection> connection, const PeerInfo& peer) = 0;
};

class Listener {
 public:
  virtual ~Listener() = default;
  [[nodiscard]] virtual base::SocketAddress address() const = 0;
};

class TimerEvents {
 public:
  virtual ~TimerEvents() = default;
  virtual void on_timer(base::Tick now) = 0;
};

enum class TimerId : std::uint64_t { none = 0 };

class Network {
 public:
  virtual ~Network() = default;
  [[nodiscard]] virtual base::Tick now() const = 0;

  // Failures, synchronous ones too, arrive through `events`.
  virtual std::unique_ptr<Connection> connect(const Route& route, const TlsClient* tls, ConnectionEvents& events) = 0;
  // Datagrams instead of a stream (UDP): each send() is one of at most 1452 bytes, and each on_bytes() is one.
  // Any of them may be lost, on_open says nothing of the peer, and on_end never comes. Null where the network
  // carries none.
  virtual std::unique_ptr<Connection> connect_datagrams(const Route& /*route*/, ConnectionEvents& /*events*/) {
    return nullptr;
  }
  // Port 0 picks a free one; Listener::address() tells which.
  virtual base::Result<std::unique_ptr<Listener>> listen(const base::SocketAddress& on, const TlsServer* tls,
                                                         AcceptEvents& events) = 0;
  virtual TimerId arm_timer(base::Tick at, TimerEvents& events) = 0;
  virtual void cancel_timer(TimerId timer) = 0;

  // Lets events gather for so long, so that the next turn finds many at once. For those who carry many exchanges over
  // few connections: each turn costs a wake-up, however little it finds.
  virtual void gather(base::Duration /*time*/) {}
  // Waits for the next events until `limit` at most and delivers them. Returns false where nothing is
  // open and no timer is armed: nothing could ever happen.
  virtual bool turn(base::Tick limit) = 0;

  // The TLS sessions that a later run could take up, as bytes to keep from others' eyes; empty where there are none.
  [[nodiscard]] virtual std::string export_sessions() const { return {}; }
  // Those of an earlier run, before the first connection; or of another network, to be exported with this one's own
  // after the last. Each is used for the name and address that it was made
  // with, under the same trust store, once its certificates were verified anew. False where `state` is not what
  // export_sessions() gave; nothing is taken then.
  virtual bool import_sessions(std::string_view /*state*/) { return false; }
};

}  // namespace cachewitness::ports
