// Lane: everything sent to one address: its pace, how much of the run's concurrency it uses, its connections and
// what goes over which of them. A dead edge costs its own share and no other lane's; every request of its source
// still gets evidence.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "probe/concurrency_limit.h"
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
  // Starts what the share and the pace allow, asking `source` for as much, and sends it.
  void dispatch(RequestSource& source, std::uint32_t share, base::Tick now);
  // When dispatch() could start something without any event of the network; never where it could not.
  [[nodiscard]] base::Tick wakes_at(std::uint32_t share, base::Tick now) const;
  // Nothing left to ask for and nothing in flight.
  [[nodiscard]] bool is_drained() const { return is_exhausted_ && in_flight_ == 0; }
  // Ends an exchange of this lane from outside. `why` opens the detail of its Failure.
  void end(Exchange& exchange, base::FailureCause cause, std::string_view why);

  void on_outcome(EdgeConnection& connection, Exchange& exchange) override;
  void on_unprocessed(EdgeConnection& connection, Exchange& exchange) override;
  void on_change(EdgeConnection& connection) override;

 private:
  [[nodiscard]] std::uint32_t allowed(std::uint32_t share) const;
  [[nodiscard]] base::Tick paced_until(base::Tick now) const;
  [[nodiscard]] bool waits_for_protocol() const { return is_learning_ && opening_ > 0; }
  [[nodiscard]] bool waits_for_connection(const Exchange& exchange) const;
  [[nodiscard]] bool waits_for_pipeline(const Exchange& exchange) const;
  void take_token(base::Tick now);
  void send_again(base::Tick now);
  void begin(Exchange& exchange, base::Tick now);
  void carry(Exchange& exchange);
  void open_connection(Exchange& exchange);
  std::unique_ptr<EdgeConnection> make_connection();
  EdgeConnection* find_connection(const Exchange& exchange) const;
  [[nodiscard]] bool may_carry(const EdgeConnection& connection, const Exchange& exchange) const;
  void list(EdgeConnection& connection);
  void unlist(EdgeConnection& connection);
  void note_use(EdgeConnection& connection);
  void flush_later(EdgeConnection& connection);
  void flush();
  bool may_be_misdirected(const EdgeConnection& connection, const Exchange& exchange);
  void learn_from(const evidence::Evidence& evidence);
  void finish(Exchange& exchange);

  RunState& run_;
  LaneTarget target_;
  std::size_t index_;
  TokenBucket bucket_;
  ConcurrencyLimit limit_;
  base::Tick paused_until_{};  // the edge asked to be left alone: Retry-After
  bool is_exhausted_ = false;
  bool is_sharing_;               // one connection for several server names
  bool is_learning_;              // whether the edge multiplexes: one connection until it is known
  bool is_multiplexing_ = false;  // as far as is known
  bool is_pipelining_;            // asked to, and the edge keeps its connections as far as is known
  std::uint32_t share_ = 1;       // of the run's concurrency, as of the last dispatch
  std::uint32_t in_flight_ = 0;
  std::uint32_t opening_ = 0;       // connections
  std::vector<Exchange*> waiting_;  // subset of those in flight: to be sent, again or once their connection is open
  std::vector<std::unique_ptr<EdgeConnection>> connections_;
  std::vector<EdgeConnection*> with_room_;  // the one used longest ago first
  std::vector<EdgeConnection*> unflushed_;
  std::vector<EdgeConnection*> closed_;  // their buffers wait for the next stream
};

}  // namespace cachewitness::probe
