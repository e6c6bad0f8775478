#include "probe/exchange.h"

#include "base/assert.h"

namespace cachewitness::probe {

namespace {

// Keeps the capacity of every string.
void clear(ProbeRequest& request) {
  request.role = evidence::Role::probe;
  request.cell = {};
  request.replica = {};
  request.sample = 0;
  request.round = 0;
  request.is_tls = true;
  request.host.clear();
  request.server_name.clear();
  request.target.clear();
  request.url.clear();
  request.headers = {};
  request.wants_new_connection = false;
  request.leak.reset();
  request.wants_own_name = false;
}

}  // namespace

Exchange& ExchangePool::start(std::size_t lane, base::Tick deadline) {
  CW_ASSERT(newest_ == nullptr || newest_->deadline <= deadline);
  if (free_.empty()) {
    free_.push_back(all_.emplace_back(std::make_unique<Exchange>()).get());
  }
  Exchange& exchange = *free_.back();
  free_.pop_back();
  clear(exchange.request);
  exchange.lane = lane;
  exchange.deadline = deadline;
  exchange.connection = nullptr;
  exchange.tries = 0;
  exchange.given_back_on = 0;
  exchange.older = newest_;
  exchange.newer = nullptr;
  (newest_ == nullptr ? oldest_ : newest_->newer) = &exchange;
  newest_ = &exchange;
  return exchange;
}

void ExchangePool::release(Exchange& exchange) {
  (exchange.older == nullptr ? oldest_ : exchange.older->newer) = exchange.newer;
  (exchange.newer == nullptr ? newest_ : exchange.newer->older) = exchange.older;
  free_.push_back(&exchange);
}

}  // namespace cachewitness::probe
