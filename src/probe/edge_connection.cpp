#include "probe/edge_connection.h"

#include <utility>

#include "base/assert.h"

namespace cachewitness::probe {

namespace {

SessionLimits session_limits(const ProbeSettings& settings) {
  SessionLimits limits;
  limits.head.head_bytes = settings.max_header_bytes;
  limits.body = {settings.max_body_bytes, settings.body == manifest::BodyPolicy::hash};
  return limits;
}

// Where the source names no server: the Host without its port.
std::string_view server_name(const ProbeRequest& request) {
  if (!request.server_name.empty()) {
    return request.server_name;
  }
  const std::string_view host = request.host;
  if (host.starts_with('[')) {
    return host.substr(1, host.find(']') - 1);
  }
  return host.substr(0, host.find(':'));
}

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

EdgeConnection::EdgeConnection(RunState& run, Owner& owner)
    : run_(run),
      owner_(owner),
      http1_(session_limits(run.settings), run.settings.pipeline, run.settings.user_agent, *this) {}

void EdgeConnection::open(LaneTarget& target, Exchange& exchange) {
  CW_ASSERT(state_ == State::closed && target.route);
  state_ = State::opening;
  route_ = &*target.route;
  first_ = &exchange;
  exchange.connection = this;
  begun_ = 0;
  out_.clear();
  path_ = {};
  path_.connection = ++run_.last_connection;
  path_.remote = target.route->to.text();
  ++run_.progress.connections;
  ++run_.open_connections;
  is_tls_ = exchange.request.is_tls;
  tls_.server_name = is_tls_ ? server_name(exchange.request) : std::string_view{};
  http_ = target.http;
  tls_.alpn = offered_protocols(http_);
  tls_.ca_file = target.ca_file;
  tls_.is_resuming = target.resumes_sessions;
  exchange.evidence.path = path_;
  stream_ = run_.network.connect(*target.route, is_tls_ ? &tls_ : nullptr, *this);
}

void EdgeConnection::carry(Exchange& exchange) {
  CW_ASSERT(room() > 0);
  exchange.connection = this;
  path_.exchange = begun_++;
  // An exchange is mostly used again for the connection that carried it last.
  if (exchange.evidence.path.connection == path_.connection && exchange.evidence.path.shared_name.empty()) {
    exchange.evidence.path.exchange = path_.exchange;
  } else {
    exchange.evidence.path = path_;
  }
  if (!is_of(exchange.request)) {
    exchange.evidence.path.shared_name = tls_.server_name;
  }
  exchange.evidence.sent_at = run_.wall();
  session_->begin(exchange, out_);
}

void EdgeConnection::flush() {
  if (has_unsent()) {
    stream_->send(out_);
    out_.clear();
  }
}

void EdgeConnection::abandon(Exchange& exchange) {
  exchange.connection = nullptr;
  if (state_ == State::opening) {
    close();
    return owner_.on_change(*this);
  }
  event_at_ = run_.wall();
  session_->abandon(exchange, out_);
  settle();
}

void EdgeConnection::close() {
  run_.open_connections -= state_ != State::closed ? 1 : 0;
  stream_.reset();
  state_ = State::closed;
  if (first_ != nullptr) {
    std::exchange(first_, nullptr)->connection = nullptr;
  }
}

bool EdgeConnection::is_of(const ProbeRequest& request) const {
  return is_tls_ == request.is_tls && (!is_tls_ || tls_.server_name == server_name(request));
}

bool EdgeConnection::covers(const ProbeRequest& request) const {
  return is_tls_ == request.is_tls && stream_ != nullptr && stream_->covers(server_name(request));
}

base::Stage EdgeConnection::stage(const Exchange& exchange) const {
  return state_ == State::opening ? base::Stage::connect : session_->stage(exchange);
}

std::string EdgeConnection::progress(const Exchange& exchange) const {
  if (state_ != State::opening) {
    return session_->progress(exchange);
  }
  return route_->proxy ? "while connecting through " + route_->proxy->text() : std::string("while connecting");
}

void EdgeConnection::on_open(const ports::PeerInfo& peer) {
  CW_ASSERT(state_ == State::opening);
  if (is_tls_ && http_ == manifest::HttpChoice::http2 && peer.protocol != "h2") {
    return fail_opening({base::Stage::tls, base::FailureCause::tls,
                         "the edge does not offer HTTP/2 (ALPN h2), which the manifest's `http` asks for"});
  }
  state_ = State::open;
  if (route_->otherwise == peer.remote) {
    route_->take_detour(peer.detour);
  }
  path_.remote = peer.remote.text();
  path_.local_port = peer.local.port;
  path_.detour = peer.detour;
  path_.tls_version = peer.tls_version;
  path_.certificate_sha256 = peer.certificate_sha256;
  session_ = &speak(peer.protocol);
  session_->start(out_);
  first_->evidence.path = path_;  // which was not whole when it was opened
  carry(*std::exchange(first_, nullptr));
  flush();
  owner_.on_change(*this);
}

void EdgeConnection::on_bytes(std::string_view bytes) {
  event_at_ = run_.wall();
  session_->receive(bytes, out_);
  settle();
}

void EdgeConnection::on_end() {
  if (state_ == State::opening) {
    return fail_opening({base::Stage::connect, base::FailureCause::reset, "connection closed while it was made"});
  }
  event_at_ = run_.wall();
  session_->receive_end();
  CW_ASSERT(session_->carried() == 0);
  close();
  owner_.on_change(*this);
}

void EdgeConnection::on_failure(const base::Failure& failure) {
  if (state_ == State::opening) {
    return fail_opening(failure);  // the network knows the stage: connect or tls
  }
  event_at_ = run_.wall();
  session_->receive_failure(failure);
  CW_ASSERT(session_->carried() == 0);
  close();
  owner_.on_change(*this);
}

void EdgeConnection::fail_opening(const base::Failure& failure) {
  Exchange& exchange = *std::exchange(first_, nullptr);
  exchange.connection = nullptr;
  exchange.evidence.outcome = failure;
  exchange.evidence.received_at = run_.wall();
  close();
  owner_.on_outcome(*this, exchange);
  owner_.on_change(*this);
}

// Without TLS there is nobody to ask: HTTP/2 is spoken where the manifest says so (RFC 9113 3.3).
Session& EdgeConnection::speak(std::string_view protocol) {
  const bool is_http2 = is_tls_ ? protocol == "h2" : http_ == manifest::HttpChoice::http2;
  if (!is_http2) {
    return http1_;
  }
  if (http2_ == nullptr) {
    Http2Settings settings;
    settings.limits = session_limits(run_.settings);
    settings.user_agent = run_.settings.user_agent;
    settings.resets_after_head = run_.settings.body == manifest::BodyPolicy::head;
    SessionEvents& told = *this;  // a private base: converted here, where it is known
    http2_ = std::make_unique<Http2Session>(std::move(settings), told);
  }
  return *http2_;
}

// What the session left: a stream that nobody can use any more is not kept.
void EdgeConnection::settle() {
  if (session_->is_draining() && session_->carried() == 0) {
    flush();  // its last words: why, and up to where
    close();
  }
  owner_.on_change(*this);
}

void EdgeConnection::on_first_byte(Exchange& exchange) { exchange.evidence.first_byte_at = event_at_; }

void EdgeConnection::on_outcome(Exchange& exchange) {
  exchange.connection = nullptr;
  exchange.evidence.received_at = event_at_;
  owner_.on_outcome(*this, exchange);
}

void EdgeConnection::on_unprocessed(Exchange& exchange) {
  exchange.connection = nullptr;
  exchange.given_back_on = path_.connection;
  ++exchange.tries;
  owner_.on_unprocessed(*this, exchange);
}

}  // namespace cachewitness::probe
