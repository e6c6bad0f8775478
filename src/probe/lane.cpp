#include "probe/lane.h"

#include <algorithm>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "base/assert.h"
#include "http/retry_after.h"
#include "probe/datagram_connection.h"
#include "probe/http1_request.h"
#include "probe/stream_connection.h"

namespace cachewitness::probe {

namespace {

// How many exchanges one dispatch starts at most: opening connections takes time, and a stop request, a deadline
// and the other lanes must not wait for more than a few milliseconds of it.
constexpr std::uint32_t max_starts = 64;
// How often peers may give a request back before that is its outcome.
constexpr std::uint32_t max_tries = 4;

// What an edge says that refuses a server name which the connection was not made for. RFC 9110 15.5.20 has 421 for
// it; CDNs that guard against domain fronting say 403.
bool may_refuse_sharing(int status) { return status == 421 || status == 403; }

bool is_overload(int status) { return status == 429 || status == 503; }

// By this connection or an older one: it is not asked again.
bool has_been_given_back(const EdgeConnection& connection, const Exchange& exchange) {
  return exchange.tries > 0 && connection.number() <= exchange.given_back_on;
}

}  // namespace

Lane::Lane(RunState& run, LaneTarget target, std::size_t index)
    : run_(run),
      target_(std::move(target)),
      index_(index),
      bucket_(target_.requests_per_second),
      is_sharing_(target_.sharing != manifest::Sharing::never),
      is_learning_(target_.http != manifest::HttpChoice::http1),
      is_pipelining_(run_.settings.pipeline > 1) {}

std::uint32_t Lane::allowed(std::uint32_t share) const { return std::min(share, limit_.current()); }

base::Tick Lane::paced_until(base::Tick now) const {
  return target_.route ? std::max({bucket_.ready_at(now), run_.bucket.ready_at(now), paused_until_}) : now;
}

void Lane::take_token(base::Tick now) {
  bucket_.take(now);
  run_.bucket.take(now);
}

void Lane::dispatch(RequestSource& source, std::uint32_t share, base::Tick now) {
  share_ = share;
  send_again(now);
  for (std::uint32_t started = 0; started < max_starts && !is_exhausted_ && in_flight_ < allowed(share); ++started) {
    if (waits_for_protocol() || paced_until(now) > now) {
      break;
    }
    Exchange& exchange = run_.exchanges.start(index_, now + run_.settings.timeout);
    if (source.next(index_, exchange.request)) {
      begin(exchange, now);
    } else {
      is_exhausted_ = true;
      run_.exchanges.release(exchange);
    }
  }
  flush();
}

// A connection that will carry many, for the very name, is on its way: opening another would cost a handshake.
bool Lane::waits_for_connection(const Exchange& exchange) const {
  if (exchange.request.wants_new_connection) {
    return false;
  }
  if (!is_multiplexing_) {
    return is_pipelining_ && waits_for_pipeline(exchange);
  }
  return opening_ > 0 && std::ranges::any_of(connections_, [&exchange](const auto& connection) {
           return connection->is_counted && connection->is_of(exchange.request);
         });
}

// A connection takes a pipeline only once it has answered (RFC 9112 9.3.2). Where there are as many as can carry all
// that is in flight, what finds no room waits for that: on connections of their own the requests would never meet,
// and each answer would cost a packet and a wake-up.
bool Lane::waits_for_pipeline(const Exchange& exchange) const {
  if (find_connection(exchange) != nullptr) {
    return false;
  }
  const auto will_take_it = [&exchange](const auto& connection) {
    return !connection->is_closed() && connection->is_of(exchange.request) &&
           !has_been_given_back(*connection, exchange);
  };
  const auto streams = static_cast<std::size_t>(std::ranges::count_if(connections_, will_take_it));
  return streams * run_.settings.pipeline >= in_flight_;
}

void Lane::send_again(base::Tick now) {
  const auto is_to_send = [this](const Exchange* exchange) { return !waits_for_connection(*exchange); };
  while (!waits_for_protocol() && paced_until(now) <= now) {
    const auto next = std::ranges::find_if(waiting_, is_to_send);
    if (next == waiting_.end()) {
      return;
    }
    take_token(now);
    Exchange& exchange = **next;
    waiting_.erase(next);
    carry(exchange);
  }
}

base::Tick Lane::wakes_at(std::uint32_t share, base::Tick now) const {
  const auto is_to_send = [this](const Exchange* exchange) { return !waits_for_connection(*exchange); };
  const bool has_work = std::ranges::any_of(waiting_, is_to_send) || (!is_exhausted_ && in_flight_ < allowed(share));
  return has_work && !waits_for_protocol() ? paced_until(now) : base::Tick::never();
}

void Lane::begin(Exchange& exchange, base::Tick now) {
  ++in_flight_;
  ++run_.progress.in_flight;
  const ProbeRequest& request = exchange.request;
  evidence::Evidence& evidence = exchange.evidence;
  evidence.id = ++run_.last_evidence;
  evidence.role = request.role;
  evidence.cell = request.cell;
  evidence.replica = request.replica;
  evidence.sample = request.sample;
  evidence.round = request.round;
  evidence.url = request.url;
  evidence.leak = request.leak;
  evidence.sent_at = run_.settings.anchor.at(now);  // stands where the request never gets as far as being sent
  evidence.received_at = evidence.sent_at;
  evidence.first_byte_at = {};
  if (!target_.route) {
    evidence.path = {};
    evidence.outcome = target_.failure;
    return finish(exchange);
  }
  if (!is_sendable(request)) {
    evidence.path = {};
    evidence.outcome = base::Failure{base::Stage::request, base::FailureCause::malformed,
                                     "not sent: its Host, target or a header holds what HTTP cannot carry"};
    return finish(exchange);
  }
  if (waits_for_connection(exchange)) {
    waiting_.push_back(&exchange);
    return;
  }
  take_token(now);
  carry(exchange);
}

void Lane::carry(Exchange& exchange) {
  EdgeConnection* const connection =
      exchange.request.wants_new_connection && exchange.tries == 0 ? nullptr : find_connection(exchange);
  if (connection == nullptr) {
    return open_connection(exchange);
  }
  connection->carry(exchange);
  note_use(*connection);
  if (connection->room() == 0) {
    unlist(*connection);
  }
  flush_later(*connection);
}

void Lane::note_use(EdgeConnection& connection) {
  const bool is_used = !connection.is_closed() && !connection.is_idle();
  if (std::exchange(connection.is_used, is_used) != is_used) {
    is_used ? ++run_.used_connections : --run_.used_connections;
  }
}

void Lane::flush_later(EdgeConnection& connection) {
  if (!std::exchange(connection.is_unflushed, true)) {
    unflushed_.push_back(&connection);
  }
}

// The latest used first: the older a kept connection, the likelier its peer has closed it.
EdgeConnection* Lane::find_connection(const Exchange& exchange) const {
  const auto found = std::find_if(with_room_.rbegin(), with_room_.rend(),
                                  [&](const EdgeConnection* connection) { return may_carry(*connection, exchange); });
  return found == with_room_.rend() ? nullptr : *found;
}

bool Lane::may_carry(const EdgeConnection& connection, const Exchange& exchange) const {
  const ProbeRequest& request = exchange.request;
  if (has_been_given_back(connection, exchange)) {
    return false;
  }
  if (connection.is_of(request)) {
    return true;
  }
  const bool may_share = is_sharing_ && (target_.sharing == manifest::Sharing::always || connection.is_multiplexed());
  return may_share && !request.wants_own_name && connection.covers(request);
}

void Lane::open_connection(Exchange& exchange) {
  // Never more streams to an edge than exchanges are allowed to it: one that carries nothing makes room.
  if (connections_.size() - closed_.size() >= share_) {
    const auto idle = std::ranges::find_if(with_room_, &EdgeConnection::is_idle);
    if (idle != with_room_.end()) {
      EdgeConnection& oldest = **idle;
      oldest.close();
      on_change(oldest);
    }
  }
  if (closed_.empty()) {
    closed_.push_back(connections_.emplace_back(make_connection()).get());
  }
  EdgeConnection* connection = closed_.back();
  closed_.pop_back();
  ++opening_;
  connection->is_counted = true;
  is_learning_ = is_learning_ && (exchange.request.is_tls || target_.http == manifest::HttpChoice::http2);
  connection->open(target_, exchange);
  note_use(*connection);
}

std::unique_ptr<EdgeConnection> Lane::make_connection() {
  if (target_.http == manifest::HttpChoice::http3) {
    return std::make_unique<DatagramConnection>(run_, *this);
  }
  return std::make_unique<StreamConnection>(run_, *this);
}

void Lane::list(EdgeConnection& connection) {
  if (!std::exchange(connection.is_listed, true)) {
    with_room_.push_back(&connection);
  }
}

void Lane::unlist(EdgeConnection& connection) {
  if (std::exchange(connection.is_listed, false)) {
    std::erase(with_room_, &connection);
  }
}

void Lane::flush() {
  for (EdgeConnection* const connection : unflushed_) {
    connection->is_unflushed = false;
    connection->flush();
    if (connection->room() == 0) {  // it may have come to its end over this
      unlist(*connection);
    }
  }
  unflushed_.clear();
}

void Lane::on_outcome(EdgeConnection& connection, Exchange& exchange) {
  if (may_be_misdirected(connection, exchange)) {
    exchange.request.wants_own_name = true;
    waiting_.push_back(&exchange);
    return;
  }
  learn_from(exchange.evidence);
  finish(exchange);
}

// Whether the edge may have refused the connection rather than the request: that is asked once more over one of its
// own before it is believed. RFC 9110 15.5.20 lets a client do so.
bool Lane::may_be_misdirected(const EdgeConnection& connection, const Exchange& exchange) {
  const evidence::Response* response = exchange.evidence.response();
  if (response == nullptr || !may_refuse_sharing(response->status) || connection.is_of(exchange.request)) {
    return false;
  }
  is_sharing_ = is_sharing_ && response->status != 421;
  return true;
}

void Lane::learn_from(const evidence::Evidence& evidence) {
  if (const evidence::Response* response = evidence.response()) {
    if (!is_overload(response->status)) {
      return limit_.on_answer(evidence.first_byte_at - evidence.sent_at, in_flight_);
    }
    const base::Tick now = run_.network.now();
    limit_.on_overload(now, in_flight_);
    if (const auto pause = http::read_retry_after(response->head, evidence.received_at)) {
      paused_until_ = std::max(paused_until_, now + *pause);
    }
  } else if (evidence.failure()->cause == base::FailureCause::reset) {
    limit_.on_overload(run_.network.now(), in_flight_);
  }
}

void Lane::on_unprocessed(EdgeConnection& /*connection*/, Exchange& exchange) {
  if (exchange.tries < max_tries) {
    waiting_.push_back(&exchange);
    return;
  }
  exchange.evidence.outcome =
      base::Failure{base::Stage::request, base::FailureCause::reset,
                    fmt::format("{} connections ended before the edge acted on the request", exchange.tries)};
  exchange.evidence.received_at = run_.wall();
  finish(exchange);
}

void Lane::on_change(EdgeConnection& connection) {
  note_use(connection);
  if (std::exchange(connection.is_counted, false)) {
    --opening_;
    is_learning_ = false;  // also where it failed: a dead edge is not asked one by one
    is_multiplexing_ = !connection.is_closed() && connection.is_multiplexed();
  }
  if (connection.is_closed()) {
    is_pipelining_ = is_pipelining_ && connection.begun() != 1;  // an edge that closes after each answer
    unlist(connection);
    closed_.push_back(&connection);
  } else if (connection.room() > 0) {
    list(connection);
  } else {
    unlist(connection);
  }
  // What the session answers by itself goes along with the next requests, where there are any to come.
  if (is_drained()) {
    connection.flush();
  } else if (connection.has_unsent()) {
    flush_later(connection);
  }
}

void Lane::end(Exchange& exchange, base::FailureCause cause, std::string_view why) {
  base::Stage stage = base::Stage::request;
  std::string progress = "before it was sent again";
  if (EdgeConnection* connection = exchange.connection) {
    stage = connection->stage(exchange);
    progress = connection->progress(exchange);
    connection->abandon(exchange);
  } else {
    std::erase(waiting_, &exchange);
  }
  exchange.evidence.outcome = base::Failure{stage, cause, fmt::format("{} {}", why, progress)};
  exchange.evidence.received_at = run_.wall();
  finish(exchange);
}

void Lane::finish(Exchange& exchange) {
  --in_flight_;
  --run_.progress.in_flight;
  ++run_.progress.finished;
  run_.progress.failed += exchange.evidence.failure() != nullptr ? 1 : 0;
  CW_ASSERT(run_.sink != nullptr);
  run_.sink->take(exchange.evidence);
  run_.exchanges.release(exchange);
}

}  // namespace cachewitness::probe
