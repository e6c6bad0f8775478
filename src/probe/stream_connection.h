// StreamConnection: an EdgeConnection over a stream of bytes, with or without TLS: HTTP/1.1 or HTTP/2, as ALPN or the
// manifest settles it.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "probe/edge_connection.h"
#include "probe/http1_session.h"
#include "probe/http2_session.h"

namespace cachewitness::probe {

class StreamConnection final : public EdgeConnection, private ports::ConnectionEvents {
 public:
  StreamConnection(RunState& run, Owner& owner);

  void open(LaneTarget& target, Exchange& exchange) override;
  void carry(Exchange& exchange) override;
  void flush() override;
  void abandon(Exchange& exchange) override;
  void close() override;

  [[nodiscard]] bool has_unsent() const override { return state_ == State::open && !out_.empty(); }
  [[nodiscard]] bool covers(const ProbeRequest& request) const override;
  [[nodiscard]] bool is_multiplexed() const override { return session_ == http2_.get(); }
  [[nodiscard]] base::Stage stage(const Exchange& exchange) const override;
  [[nodiscard]] std::string progress(const Exchange& exchange) const override;

 private:
  void on_open(const ports::PeerInfo& peer) override;
  void on_bytes(std::string_view bytes) override;
  void on_end() override;
  void on_failure(const base::Failure& failure) override;

  void fail_opening(const base::Failure& failure);
  [[nodiscard]] Session& speak(std::string_view protocol);
  void settle();

  manifest::HttpChoice http_ = manifest::HttpChoice::automatic;
  Exchange* first_ = nullptr;  // while opening: what it is opened for
  Http1Session http1_;
  std::unique_ptr<Http2Session> http2_;  // made for the first stream that speaks it, then kept
  std::unique_ptr<ports::Connection> stream_;
};

}  // namespace cachewitness::probe
