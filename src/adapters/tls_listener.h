// TlsListener: ports::Listener that accepts TLS over another listener. A stream is handed out as it comes;
// its on_open follows the handshake.
#pragma once

#include <memory>

#include "adapters/tls_context.h"
#include "ports/network.h"

namespace cachewitness::adapters {

class TlsListener final : public ports::Listener, public ports::AcceptEvents {
 public:
  TlsListener(ports::Network& network, std::shared_ptr<TlsContext> context, ports::AcceptEvents& events)
      : network_(network), context_(std::move(context)), events_(events) {}

  // The listener whose events are this one.
  void attach(std::unique_ptr<ports::Listener> transport) { transport_ = std::move(transport); }

  [[nodiscard]] base::SocketAddress address() const override { return transport_->address(); }
  ports::ConnectionEvents* on_accept(std::unique_ptr<ports::Connection> connection,
                                     const ports::PeerInfo& peer) override;

 private:
  ports::Network& network_;
  std::shared_ptr<TlsContext> context_;
  ports::AcceptEvents& events_;
  std::unique_ptr<ports::Listener> transport_;
};

}  // namespace cachewitness::adapters
