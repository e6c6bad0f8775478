// HttpServer: HTTP/1.1 over one listener of a ports::Network: keep-alive, pipelining, and answers that may
// come later than the request (an edge asks its upstream first). Also delivers an answer badly, on demand.
// Takes no request content: nothing in the lab needs any. Knows nothing of caches.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "base/socket_address.h"
#include "base/time.h"
#include "http/head.h"
#include "ports/network.h"

namespace cachewitness::lab {

enum class Delivery : std::uint8_t {
  whole,
  drip,           // a few bytes at a time, for ever so long
  hang_mid_head,  // half of the head, then nothing
  cut_mid_body,   // half of the body, then the connection is closed
};

// Views that are read before reply() returns.
struct Reply {
  std::string_view head;  // status line and field lines, each with its CRLF, without the empty line
  std::string_view body;
  Delivery delivery = Delivery::whole;
  base::Duration delay{};
};

class HttpServer;

// The right to answer one request, once. Harmless where the client has gone meanwhile.
class Ticket {
 public:
  Ticket(HttpServer& server, std::uint64_t peer) : server_(&server), peer_(peer) {}
  // Requires: the server still exists.
  void reply(const Reply& reply) const;

 private:
  HttpServer* server_;
  std::uint64_t peer_;
};

class RequestHandler {
 public:
  virtual ~RequestHandler() = default;
  // `request` is valid during the call only. The ticket may be used within the call or later.
  virtual void on_request(const http::RequestHead& request, Ticket ticket) = 0;
};

class HttpServer final : private ports::AcceptEvents {
 public:
  // Listens once open() is called. `tls` is null for plain TCP; everything given outlives the server.
  HttpServer(ports::Network& network, const ports::TlsServer* tls, RequestHandler& handler);
  ~HttpServer() override;
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // Port 0 picks a free one; later calls, after close(), take the same address again.
  base::Result<void> open(const base::SocketAddress& on);
  // Refuses new connections and cuts the present ones.
  void close();
  [[nodiscard]] bool is_open() const { return listener_ != nullptr; }
  // Requires: open() has succeeded at least once.
  [[nodiscard]] base::SocketAddress address() const { return address_; }
  [[nodiscard]] ports::Network& network() const { return network_; }

 private:
  friend class Ticket;
  class Peer;

  ports::ConnectionEvents* on_accept(std::unique_ptr<ports::Connection> connection,
                                     const ports::PeerInfo& info) override;
  // Frees the peers that have ended. Only where none of their functions is running.
  void reap();

  ports::Network& network_;
  const ports::TlsServer* tls_;
  RequestHandler& handler_;
  base::SocketAddress address_;
  std::unique_ptr<ports::Listener> listener_;
  std::unordered_map<std::uint64_t, std::unique_ptr<Peer>> peers_;
  std::vector<std::uint64_t> ended_;
  std::uint64_t last_peer_ = 0;
};

}  // namespace cachewitness::lab
