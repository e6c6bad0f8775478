#include "probe/stream_connection.h"

#include <utility>

#include "base/assert.h"

namespace cachewitness::probe {

namespace {

// RFC 7301, in order of preference.
const std::vector<std::string>& offered_protocols(manifest::HttpChoice http) {
  static const std::vector<std::string> either{"h2", "http/1.1"};
  static const std::vector<std::string> http1_alone{"http/1.1"};
  static const std::vector<std::string> http2_alone{"h2"};
  switch (http) {
    case manifest::HttpChoice::http1:
      return http1_alone;
    case manifest::HttpChoice::http2:
      return http2_alone;
    default:
      return either;
  }
}

}  // namespace

StreamConnection::StreamConnection(RunState& run, Owner& owner)
    : EdgeConnection(run, owner),
      http1_(session_limits(run.settings), run.settings.pipeline, run.settings.user_agent, *this) {
  session_ = &http1_;
}

void StreamConnection::open(LaneTarget& target, Exchange& exchange) {
  begin_opening(target, exchange);
  first_ = &exchange;
  http_ = target.http;
  tls_.alpn = offered_protocols(http_);
  stream_ = run_.network.connect(*target.route, is_tls_ ? &tls_ : nullptr, *this);
}

void StreamConnection::carry(Exchange& exchange) {
  CW_ASSERT(room() > 0);
  begin(exchange);
}

void StreamConnection::flush() {
  if (has_unsent()) {
    stream_->send(out_);
    out_.clear();
  }
}

void StreamConnection::abandon(Exchange& exchange) {
  exchange.connection = nullptr;
  if (state_ == State::opening) {
    close();
    return owner_.on_change(*this);
  }
  event_at_ = run_.wall();
  session_->abandon(exchange, out_);
  settle();
}

void StreamConnection::close() {
  state_ = State::closed;
  stream_.reset();
  if (first_ != nullptr) {
    std::exchange(first_, nullptr)->connection = nullptr;
  }
}

bool StreamConnection::covers(const ProbeRequest& request) const {
  return is_tls_ == request.is_tls && stream_ != nullptr && stream_->covers(server_name(request));
}

base::Stage StreamConnection::stage(const Exchange& exchange) const {
  return state_ == State::opening ? base::Stage::connect : EdgeConnection::stage(exchange);
}

std::string StreamConnection::progress(const Exchange& exchange) const {
  if (state_ != State::opening) {
    return EdgeConnection::progress(exchange);
  }
  return route_->proxy ? "while connecting through " + route_->proxy->text() : std::string("while connecting");
}

void StreamConnection::on_open(const ports::PeerInfo& peer) {
  CW_ASSERT(state_ == State::opening);
  if (is_tls_ && http_ == manifest::HttpChoice::http2 && peer.protocol != "h2") {
    return fail_opening({base::Stage::tls, base::FailureCause::tls,
                         "the edge does not offer HTTP/2 (ALPN h2), which the manifest's `http` asks for"});
  }
  state_ = State::open;
  take_way(peer);
  take_handshake(peer);
  session_ = &speak(peer.protocol);
  session_->start(out_);
  first_->evidence.path = path_;  // which was not whole when it was opened
  carry(*std::exchange(first_, nullptr));
  flush();
  owner_.on_change(*this);
}

void StreamConnection::on_bytes(std::string_view bytes) {
  event_at_ = run_.wall();
  session_->receive(bytes, out_);
  settle();
}

void StreamConnection::on_end() {
  if (state_ == State::opening) {
    return fail_opening({base::Stage::connect, base::FailureCause::reset, "connection closed while it was made"});
  }
  event_at_ = run_.wall();
  session_->receive_end();
  CW_ASSERT(session_->carried() == 0);
  close();
  owner_.on_change(*this);
}

void StreamConnection::on_failure(const base::Failure& failure) {
  if (state_ == State::opening) {
    return fail_opening(failure);  // the network knows the stage: connect or tls
  }
  event_at_ = run_.wall();
  session_->receive_failure(failure);
  CW_ASSERT(session_->carried() == 0);
  close();
  owner_.on_change(*this);
}

void StreamConnection::fail_opening(const base::Failure& failure) {
  Exchange& exchange = *std::exchange(first_, nullptr);
  exchange.connection = nullptr;
  exchange.evidence.outcome = failure;
  exchange.evidence.received_at = run_.wall();
  close();
  owner_.on_outcome(*this, exchange);
  owner_.on_change(*this);
}

// Without TLS there is nobody to ask: HTTP/2 is spoken where the manifest says so (RFC 9113 3.3).
Session& StreamConnection::speak(std::string_view protocol) {
  const bool is_http2 = is_tls_ ? protocol == "h2" : http_ == manifest::HttpChoice::http2;
  if (!is_http2) {
    return http1_;
  }
  if (http2_ == nullptr) {
    Http2Settings settings;
    settings.limits = session_limits(run_.settings);
    settings.user_agent = run_.settings.user_agent;
    settings.resets_after_head = run_.settings.body == manifest::BodyPolicy::head;
    SessionEvents& told = *this;  // no public base: converted here, where it is known
    http2_ = std::make_unique<Http2Session>(std::move(settings), told);
  }
  return *http2_;
}

// What the session left: a stream that nobody can use any more is not kept.
void StreamConnection::settle() {
  if (session_->is_draining() && session_->carried() == 0) {
    flush();  // its last words: why, and up to where
    close();
  }
  owner_.on_change(*this);
}

}  // namespace cachewitness::probe
