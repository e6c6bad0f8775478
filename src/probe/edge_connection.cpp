#include "probe/edge_connection.h"

#include <utility>

#include <fmt/format.h>

#include "base/assert.h"
#include "probe/http1_request.h"

namespace cachewitness::probe {

namespace {

SessionLimits session_limits(const ProbeSettings& settings) {
  SessionLimits limits;
  limits.head.head_bytes = settings.max_header_bytes;
  limits.body = {settings.max_body_bytes, settings.hash_body};
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

}  // namespace

EdgeConnection::EdgeConnection(RunState& run, Owner& owner)
    : run_(run), owner_(owner), session_(session_limits(run.settings)) {}

void EdgeConnection::open(const ports::Route& route, const std::string& ca_file, Exchange& exchange) {
  CW_ASSERT(state_ == State::closed);
  state_ = State::opening;
  exchange_ = &exchange;
  exchange.connection = this;
  carried_ = 0;
  path_ = {};
  path_.connection = ++run_.last_connection;
  path_.remote = route.to.text();
  ++run_.progress.connections;
  exchange.evidence.path = path_;
  is_tls_ = exchange.request.is_tls;
  tls_.server_name = is_tls_ ? server_name(exchange.request) : std::string_view{};
  tls_.ca_file = ca_file;
  stream_ = run_.network.connect(route, is_tls_ ? &tls_ : nullptr, *this);
}

void EdgeConnection::carry(Exchange& exchange) {
  CW_ASSERT(state_ == State::idle);
  exchange_ = &exchange;
  exchange.connection = this;
  send_request();
}

void EdgeConnection::close() {
  stream_.reset();
  state_ = State::closed;
  if (exchange_ != nullptr) {
    take_exchange();
  }
}

bool EdgeConnection::fits(const ProbeRequest& request) const {
  return is_tls_ == request.is_tls && (!is_tls_ || tls_.server_name == server_name(request));
}

base::Stage EdgeConnection::stage() const {
  if (state_ == State::opening) {
    return base::Stage::connect;
  }
  return session_.state() == Http1Session::State::body ? base::Stage::body : base::Stage::head;
}

std::string EdgeConnection::progress() const {
  return state_ == State::opening ? std::string("while connecting") : session_.progress();
}

void EdgeConnection::send_request() {
  state_ = State::busy;
  session_.start();
  path_.exchange = carried_++;
  exchange_->evidence.path = path_;
  request_bytes_.clear();
  append_get(exchange_->request, run_.settings.user_agent, request_bytes_);
  exchange_->evidence.sent_at = run_.wall();
  stream_->send(request_bytes_);
}

void EdgeConnection::on_open(const ports::PeerInfo& peer) {
  CW_ASSERT(state_ == State::opening);
  path_.remote = peer.remote.text();
  path_.local_port = peer.local.port;
  path_.detour = peer.detour;
  path_.tls_version = peer.tls_version;
  path_.certificate_sha256 = peer.certificate_sha256;
  send_request();
}

void EdgeConnection::on_bytes(std::string_view bytes) {
  if (state_ == State::idle) {  // nobody asked: what follows could not be told from an answer
    close();
    return owner_.on_idle_end(*this);
  }
  if (!session_.has_bytes()) {
    exchange_->evidence.first_byte_at = run_.wall();
  }
  const std::size_t taken = session_.receive(bytes);
  if (session_.state() == Http1Session::State::complete) {
    finish_response(taken == bytes.size() && session_.is_reusable());
  } else if (session_.state() == Http1Session::State::failed) {
    finish_failure(session_.failure());
  }
}

void EdgeConnection::on_end() {
  if (state_ == State::idle) {
    close();
    return owner_.on_idle_end(*this);
  }
  if (state_ == State::opening) {
    return on_failure({base::Stage::connect, base::FailureCause::reset, "connection closed while it was made"});
  }
  session_.receive_end();
  if (session_.state() == Http1Session::State::complete) {
    finish_response(false);
  } else {
    on_failure(session_.failure());
  }
}

void EdgeConnection::on_failure(const base::Failure& failure) {
  if (state_ == State::idle) {
    close();
    return owner_.on_idle_end(*this);
  }
  if (state_ == State::opening) {
    return finish_failure(failure);  // the network knows the stage: connect or tls
  }
  // A second try is made on a new connection, so there is never a third.
  const bool is_stale = carried_ > 1 && !session_.has_bytes();
  if (is_stale) {
    Exchange& exchange = *exchange_;
    close();
    return owner_.on_stale(*this, exchange);
  }
  if (session_.state() == Http1Session::State::failed) {
    return finish_failure(failure);  // on_end has told how far it came
  }
  finish_failure({stage(), failure.cause, fmt::format("{} {}", failure.detail, session_.progress())});
}

void EdgeConnection::finish_response(bool is_reusable) {
  auto& outcome = exchange_->evidence.outcome;
  auto* response = std::get_if<evidence::Response>(&outcome);
  session_.write_response(response != nullptr ? *response : outcome.emplace<evidence::Response>());
  Exchange& exchange = take_exchange();
  if (is_reusable) {
    state_ = State::idle;
  } else {
    close();
  }
  owner_.on_outcome(*this, exchange);
}

void EdgeConnection::finish_failure(const base::Failure& failure) {
  exchange_->evidence.outcome = failure;
  Exchange& exchange = take_exchange();
  close();
  owner_.on_outcome(*this, exchange);
}

Exchange& EdgeConnection::take_exchange() {
  CW_ASSERT(exchange_ != nullptr);
  exchange_->connection = nullptr;
  return *std::exchange(exchange_, nullptr);
}

}  // namespace cachewitness::probe
