// Lane: everything sent to one address: its pace, its share of the run's concurrency and its connections.
// A dead edge costs its own share and no other lane's; every request of its source still gets evidence.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "probe/edge_connection.h"
#include "probe/exchange.h"
#include "probe/run_state.h"
#include "probe/token_bucket.h"

namespace cachewitness::probe {

class Lane final : public EdgeConnection::Owner {
 public:
  Lane(RunState& run, LaneTarget target, std::size_t index);

  // A new run: the source is asked again.
  void reopen() { is_exhausted_ = false; }
  // Starts what the share and the pace allow, asking `source` for as much.
  void dispatch(RequestSource& source, std::uint32_t share, base::Tick now);
  // When dispatch() could start something without any event of the network; never where it could not.
  [[nodiscard]] base::Tick wakes_at(std::uint32_t share, base::Tick now) const;
  // Nothing left to ask for and nothing in flight.
  [[nodiscard]] bool is_drained() const { return is_exhausted_ && in_flight_ == 0; }
  // Ends an exchange of this lane from outside. `why` opens the detail of its Failure.
  void end(Exchange& exchange, base::FailureCause cause, std::string_view why);

  void on_outcome(EdgeConnection& connection, Exchange& exchange) override;
  void on_stale(EdgeConnection& connection, Exchange& exchange) override;
  void on_idle_end(EdgeConnection& connection) override;

 private:
  void begin(Exchange& exchange, std::uint32_t share, base::Tick now);
  void open_connection(Exchange& exchange, std::uint32_t share);
  EdgeConnection* take_idle(const ProbeRequest& request);
  void finish(Exchange& exchange);

  RunState& run_;
  LaneTarget target_;
  std::size_t index_;
  TokenBucket bucket_;
  bool is_exhausted_ = false;
  std::uint32_t in_flight_ = 0;
  std::vector<Exchange*> second_tries_;  // subset of those in flight: wait for a token
  std::vector<std::unique_ptr<EdgeConnection>> connections_;
  std::vector<EdgeConnection*> idle_;    // the longest idle first
  std::vector<EdgeConnection*> closed_;  // their buffers wait for the next stream
};

}  // namespace cachewitness::probe
