// ProxyStream: ports::Connection through a proxy, over a connection to it. Its peer is the address behind the proxy;
// nothing that goes wrong makes it try any other way.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "adapters/liveness.h"
#include "adapters/proxy_handshake.h"
#include "ports/network.h"

namespace cachewitness::adapters {

class ProxyStream final : public ports::Connection, public ports::ConnectionEvents {
 public:
  ProxyStream(const ports::Proxy& proxy, const base::SocketAddress& to, ports::ConnectionEvents& events);
  ProxyStream(const ProxyStream&) = delete;
  ProxyStream& operator=(const ProxyStream&) = delete;
  ~ProxyStream() override = default;

  // The connection to the proxy; its events are this stream. Before the next turn.
  void attach(std::unique_ptr<ports::Connection> transport) { transport_ = std::move(transport); }

  void send(std::string_view bytes) override;
  void finish() override;

  void on_open(const ports::PeerInfo& peer) override;
  void on_bytes(std::string_view bytes) override;
  void on_end() override;
  void on_failure(const base::Failure& failure) override;

 private:
  void open(std::string_view rest);
  void fail();

  std::unique_ptr<ports::Connection> transport_;
  ports::ConnectionEvents& events_;
  std::unique_ptr<ProxyHandshake> handshake_;  // until the stream is open
  ports::PeerInfo peer_;
  std::string early_;  // sent before it was
  bool is_finishing_ = false;
  Liveness liveness_;
};

}  // namespace cachewitness::adapters
