// Http3Session: probe::DatagramSession for HTTP/3: requests over one QUIC connection. Each start() makes a new one;
// there is no resumption, so each shows its certificate.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "probe/datagram_session.h"
#include "probe/session_limits.h"
#include "quic/credentials.h"
#include "quic/http3_requests.h"
#include "quic/quic_connection.h"

namespace cachewitness::quic {

class Http3Session final : public probe::DatagramSession {
 public:
  // Without credentials, or without a name that a certificate could be good for, every exchange fails: `trouble` says
  // why, as it would have come from the network.
  Http3Session(Credentials credentials, std::string trouble, std::string_view server_name,
               const probe::SessionLimits& limits, std::string_view user_agent, probe::SessionEvents& events);

  void start(std::string& out) override;
  [[nodiscard]] std::uint32_t room() const override;
  [[nodiscard]] std::uint32_t carried() const override { return requests_.carried(); }
  void begin(probe::Exchange& exchange, std::string& out) override;
  void receive(std::string_view bytes, std::string& out) override;
  void receive_end() override;
  void receive_failure(const base::Failure& failure) override;
  void abandon(probe::Exchange& exchange, std::string& out) override;
  [[nodiscard]] bool is_draining() const override;
  [[nodiscard]] base::Stage stage(const probe::Exchange& exchange) const override;
  [[nodiscard]] std::string progress(const probe::Exchange& exchange) const override;

  void on_time(base::Tick now) override;
  [[nodiscard]] base::Tick wakes_at() const override;
  void write(probe::Datagrams& out) override;
  void close(probe::Datagrams& out) override;
  [[nodiscard]] const ports::PeerInfo* peer() const override;
  [[nodiscard]] bool covers(std::string_view host) const override;

 private:
  [[nodiscard]] bool is_over() const { return failure_ || (connection_ && connection_->is_over()); }
  [[nodiscard]] bool is_running() const { return connection_ && !is_over(); }
  void tell_end();

  Credentials credentials_;
  std::string trouble_;
  std::string server_name_;
  Http3Requests requests_;
  std::optional<QuicConnection> connection_;  // none where there is trouble
  std::optional<base::Failure> failure_;      // of the socket below, or the trouble
  base::Tick now_;
  bool is_dead_ = false;  // a request was given up that was never acknowledged
};

}  // namespace cachewitness::quic
