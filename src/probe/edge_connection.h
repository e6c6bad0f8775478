// EdgeConnection: one stream to an edge and the exchange that it carries. Writes into that exchange's
// evidence what the stream shows; which exchange goes where is the lane's business.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "ports/network.h"
#include "probe/exchange.h"
#include "probe/http1_session.h"
#include "probe/run_state.h"

namespace cachewitness::probe {

class EdgeConnection final : public ports::ConnectionEvents {
 public:
  // Told from within the network's callbacks; the connection is idle or closed by then.
  class Owner {
   public:
    virtual ~Owner() = default;
    // The exchange has its outcome.
    virtual void on_outcome(EdgeConnection& connection, Exchange& exchange) = 0;
    // A kept connection died before it showed any byte of a response: the peer had closed it, as it may at any
    // time (RFC 9112 9.3.1), and the request may be sent again.
    virtual void on_stale(EdgeConnection& connection, Exchange& exchange) = 0;
    // It died while it carried nothing.
    virtual void on_idle_end(EdgeConnection& connection) = 0;
  };

  EdgeConnection(RunState& run, Owner& owner);

  // Connects and then carries `exchange`. Requires: is_closed().
  void open(const ports::Route& route, const std::string& ca_file, Exchange& exchange);
  // Requires: is_idle().
  void carry(Exchange& exchange);
  // Drops the stream and what it carries, without telling the owner.
  void close();

  [[nodiscard]] bool is_closed() const { return state_ == State::closed; }
  [[nodiscard]] bool is_idle() const { return state_ == State::idle; }
  // RFC 9112 9.3: a TLS stream serves the name that its certificate was checked for; a plain one any Host.
  [[nodiscard]] bool fits(const ProbeRequest& request) const;
  // How far the exchange has come: where a timeout struck.
  [[nodiscard]] base::Stage stage() const;
  [[nodiscard]] std::string progress() const;

  void on_open(const ports::PeerInfo& peer) override;
  void on_bytes(std::string_view bytes) override;
  void on_end() override;
  void on_failure(const base::Failure& failure) override;

 private:
  enum class State : std::uint8_t { closed, opening, busy, idle };

  void send_request();
  void finish_response(bool is_reusable);
  void finish_failure(const base::Failure& failure);
  Exchange& take_exchange();

  RunState& run_;
  Owner& owner_;
  State state_ = State::closed;
  bool is_tls_ = false;
  ports::TlsClient tls_;
  evidence::Path path_;
  std::uint32_t carried_ = 0;  // exchanges begun
  Exchange* exchange_ = nullptr;
  Http1Session session_;
  std::string request_bytes_;
  std::unique_ptr<ports::Connection> stream_;
};

}  // namespace cachewitness::probe
