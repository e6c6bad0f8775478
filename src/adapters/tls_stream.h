// TlsStream: ports::Connection that carries TLS over another one, on either side. It knows no socket: the
// bytes of the wire come and go through the port below it. Each wake-up decrypts all that came and sends
// what that caused with one send.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "adapters/certificate_chain.h"
#include "adapters/liveness.h"
#include "adapters/tls_context.h"
#include "ports/network.h"

namespace cachewitness::adapters {

class TlsStream final : public ports::Connection, public ports::ConnectionEvents, private ports::TimerEvents {
 public:
  // Neither a client nor a server yet. A stream that becomes none never gets anywhere: tell it why with fail_later().
  TlsStream(ports::Network& network, std::shared_ptr<TlsContext> context);
  TlsStream(const TlsStream&) = delete;
  TlsStream& operator=(const TlsStream&) = delete;
  ~TlsStream() override;

  // False where the settings are unusable; take_tls_error() says why.
  bool open_client(const ports::TlsClient& settings, const base::SocketAddress& to);
  void open_server();
  // What carries the wire's bytes; its events are this stream. Then, before the next turn, whom to tell.
  void attach(std::unique_ptr<ports::Connection> transport) { transport_ = std::move(transport); }
  void start(ports::ConnectionEvents& events) { events_ = &events; }
  // In the next turn, for nothing may be told from within a call of the owner.
  void fail_later(base::Failure failure);
  [[nodiscard]] Liveness& liveness() { return liveness_; }

  void send(std::string_view bytes) override;
  void finish() override;
  [[nodiscard]] bool covers(std::string_view host) const override {
    return chain_ != nullptr && chain_->names.covers(host);
  }

  void on_open(const ports::PeerInfo& peer) override;
  void on_bytes(std::string_view bytes) override;
  void on_end() override;
  void on_failure(const base::Failure& failure) override;

  // The two ends of the wire, as OpenSSL sees them.
  struct Wire {
    std::string_view incoming;  // points into what on_bytes() was given; consumed before it returns
    std::string outgoing;
  };

 private:
  void on_timer(base::Tick now) override;
  void drive();
  bool shake_hands(const Liveness::Watch& alive);
  void read_plain(const Liveness::Watch& alive);
  void encrypt(std::string_view bytes);
  void send_outgoing();
  void join_wire();
  void close_sending_side();
  void describe_peer();
  void distrust_session();
  void fail(const base::Failure& failure);

  ports::Network& network_;
  std::shared_ptr<TlsContext> context_;
  TlsPeer tls_peer_;
  SslPointer ssl_;
  std::unique_ptr<ports::Connection> transport_;
  ports::ConnectionEvents* events_ = nullptr;
  Wire wire_;
  std::string early_;  // sent before the handshake was over
  ports::PeerInfo peer_;
  ChainPointer chain_;  // of the server, once the stream is open
  base::Failure pending_failure_;
  ports::TimerId failure_timer_ = ports::TimerId::none;
  bool is_connected_ = false;  // the transport is up
  bool is_open_ = false;
  bool is_finishing_ = false;
  bool is_over_ = false;    // nothing more is told
  bool is_broken_ = false;  // nothing more is sent; a peer that ended in good order may still be answered
  Liveness liveness_;
};

}  // namespace cachewitness::adapters
