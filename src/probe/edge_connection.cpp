#include "probe/edge_connection.h"

#include "base/assert.h"

namespace cachewitness::probe {

SessionLimits session_limits(const ProbeSettings& settings) {
  SessionLimits limits;
  limits.head.head_bytes = settings.max_header_bytes;
  limits.body = {settings.max_body_bytes, settings.body == manifest::BodyPolicy::hash, settings.rules};
  return limits;
}

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

bool EdgeConnection::is_of(const ProbeRequest& request) const {
  return is_tls_ == request.is_tls && (!is_tls_ || tls_.server_name == server_name(request));
}

void EdgeConnection::begin_opening(LaneTarget& target, Exchange& exchange) {
  CW_ASSERT(state_ == State::closed && target.route);
  state_ = State::opening;
  route_ = &*target.route;
  begun_ = 0;
  out_.clear();
  path_ = {};
  path_.connection = ++run_.last_connection;
  path_.remote = target.route->to.text();
  ++run_.progress.connections;
  is_tls_ = exchange.request.is_tls;
  tls_.server_name = is_tls_ ? server_name(exchange.request) : std::string_view{};
  tls_.ca_file = target.ca_file;
  tls_.is_resuming = target.resumes_sessions;
  exchange.connection = this;
  exchange.evidence.path = path_;
}

void EdgeConnection::take_way(const ports::PeerInfo& peer) {
  if (route_->otherwise == peer.remote) {
    route_->take_detour(peer.detour);
  }
  path_.remote = peer.remote.text();
  path_.local_port = peer.local.port;
  path_.detour = peer.detour;
}

void EdgeConnection::take_handshake(const ports::PeerInfo& peer) {
  path_.tls_version = peer.tls_version;
  path_.certificate_sha256 = peer.certificate_sha256;
}

void EdgeConnection::begin(Exchange& exchange) {
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
