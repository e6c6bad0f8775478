// Exchange: one request of a source on its way to becoming one Evidence. Objects and their buffers are
// reused: a run makes as many as are ever in flight at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/time.h"
#include "evidence/evidence.h"
#include "probe/prober.h"

namespace cachewitness::probe {

class EdgeConnection;

struct Exchange {
  ProbeRequest request;
  evidence::Evidence evidence;
  std::size_t lane = 0;
  base::Tick deadline;                   // of the whole exchange, connecting and a second try included
  EdgeConnection* connection = nullptr;  // none while it waits for another try
  std::uint32_t slot = 0;                // the session's own
  std::uint32_t tries = 0;               // how often a peer has given it back
  std::uint64_t given_back_on = 0;       // the connection that did so last; the next must be younger
  Exchange* older = nullptr;             // neighbours in flight
  Exchange* newer = nullptr;
};

// Those in flight stand in order of their start. As every exchange has the same timeout, this is the order of
// their deadlines too: one queue does the work of a timer an exchange.
class ExchangePool {
 public:
  // A cleared exchange, in flight from now on.
  Exchange& start(std::size_t lane, base::Tick deadline);
  void release(Exchange& exchange);
  // Nothing where none is in flight.
  [[nodiscard]] Exchange* oldest() const { return oldest_; }

 private:
  std::vector<std::unique_ptr<Exchange>> all_;
  std::vector<Exchange*> free_;
  Exchange* oldest_ = nullptr;
  Exchange* newest_ = nullptr;
};

}  // namespace cachewitness::probe
