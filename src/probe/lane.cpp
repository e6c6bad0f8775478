#include "probe/lane.h"

#include <algorithm>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "base/assert.h"
#include "probe/http1_request.h"

namespace cachewitness::probe {

namespace {

// How many exchanges one dispatch starts at most, so that a lane without an address, whose exchanges end at
// once, leaves room for a stop request and for the other lanes.
constexpr std::uint32_t max_starts = 256;

}  // namespace

Lane::Lane(RunState& run, LaneTarget target, std::size_t index)
    : run_(run), target_(std::move(target)), index_(index), bucket_(target_.requests_per_second) {}

void Lane::dispatch(RequestSource& source, std::uint32_t share, base::Tick now) {
  while (!second_tries_.empty() && bucket_.ready_at(now) <= now) {
    bucket_.take(now);
    Exchange& exchange = *second_tries_.front();
    second_tries_.erase(second_tries_.begin());
    open_connection(exchange, share);
  }
  for (std::uint32_t started = 0; started < max_starts && !is_exhausted_ && in_flight_ < share; ++started) {
    if (target_.route && bucket_.ready_at(now) > now) {
      return;
    }
    Exchange& exchange = run_.exchanges.start(index_, now + run_.settings.timeout);
    if (source.next(index_, exchange.request)) {
      begin(exchange, share, now);
    } else {
      is_exhausted_ = true;
      run_.exchanges.release(exchange);
    }
  }
}

base::Tick Lane::wakes_at(std::uint32_t share, base::Tick now) const {
  const bool has_work = !second_tries_.empty() || (!is_exhausted_ && in_flight_ < share);
  if (!has_work) {
    return base::Tick::never();
  }
  return target_.route ? bucket_.ready_at(now) : now;
}

void Lane::begin(Exchange& exchange, std::uint32_t share, base::Tick now) {
  ++in_flight_;
  ++run_.progress.in_flight;
  const ProbeRequest& request = exchange.request;
  evidence::Evidence& evidence = exchange.evidence;
  evidence.id = ++run_.last_evidence;
  evidence.role = request.role;
  evidence.cell = request.cell;
  evidence.replica = request.replica;
  evidence.sample = request.sample;
  evidence.url = request.url;
  evidence.sent_at = run_.settings.anchor.at(now);  // stands where the request never gets as far as being sent
  evidence.first_byte_at = {};
  evidence.path = {};
  if (!target_.route) {
    evidence.outcome = target_.failure;
    return finish(exchange);
  }
  if (!is_sendable(request)) {
    evidence.outcome = base::Failure{base::Stage::request, base::FailureCause::malformed,
                                     "not sent: its Host, target or a header holds what HTTP cannot carry"};
    return finish(exchange);
  }
  bucket_.take(now);
  if (EdgeConnection* idle = request.wants_new_connection ? nullptr : take_idle(request)) {
    idle->carry(exchange);
  } else {
    open_connection(exchange, share);
  }
}

// The latest used first: the older a kept connection, the likelier its peer has closed it.
EdgeConnection* Lane::take_idle(const ProbeRequest& request) {
  const auto found =
      std::find_if(idle_.rbegin(), idle_.rend(), [&](const EdgeConnection* idle) { return idle->fits(request); });
  if (found == idle_.rend()) {
    return nullptr;
  }
  EdgeConnection* connection = *found;
  idle_.erase(std::next(found).base());
  return connection;
}

void Lane::open_connection(Exchange& exchange, std::uint32_t share) {
  // Never more streams to an edge than exchanges are allowed to it: one that fits no request makes room.
  const std::size_t open = connections_.size() - closed_.size();
  if (open >= share && !idle_.empty()) {
    idle_.front()->close();
    closed_.push_back(idle_.front());
    idle_.erase(idle_.begin());
  }
  if (closed_.empty()) {
    closed_.push_back(connections_.emplace_back(std::make_unique<EdgeConnection>(run_, *this)).get());
  }
  EdgeConnection* connection = closed_.back();
  closed_.pop_back();
  connection->open(*target_.route, target_.ca_file, exchange);
}

void Lane::on_outcome(EdgeConnection& connection, Exchange& exchange) {
  CW_ASSERT(connection.is_idle() != connection.is_closed());
  (connection.is_idle() ? idle_ : closed_).push_back(&connection);
  finish(exchange);
}

void Lane::on_stale(EdgeConnection& connection, Exchange& exchange) {
  closed_.push_back(&connection);
  second_tries_.push_back(&exchange);
}

void Lane::on_idle_end(EdgeConnection& connection) {
  std::erase(idle_, &connection);
  closed_.push_back(&connection);
}

void Lane::end(Exchange& exchange, base::FailureCause cause, std::string_view why) {
  base::Stage stage = base::Stage::request;
  std::string progress = "before it was sent a second time";
  if (EdgeConnection* connection = exchange.connection) {
    stage = connection->stage();
    progress = connection->progress();
    connection->close();
    closed_.push_back(connection);
  } else {
    std::erase(second_tries_, &exchange);
  }
  exchange.evidence.outcome = base::Failure{stage, cause, fmt::format("{} {}", why, progress)};
  finish(exchange);
}

void Lane::finish(Exchange& exchange) {
  --in_flight_;
  --run_.progress.in_flight;
  ++run_.progress.finished;
  run_.progress.failed += exchange.evidence.failure() != nullptr ? 1 : 0;
  exchange.evidence.received_at = run_.wall();
  CW_ASSERT(run_.sink != nullptr);
  run_.sink->take(exchange.evidence);
  run_.exchanges.release(exchange);
}

}  // namespace cachewitness::probe
