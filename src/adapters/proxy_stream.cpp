#include "adapters/proxy_stream.h"

#include <utility>

namespace cachewitness::adapters {

ProxyStream::ProxyStream(const ports::Proxy& proxy, const base::SocketAddress& to, ports::ConnectionEvents& events)
    : events_(events), handshake_(make_proxy_handshake(proxy, to)) {
  peer_.remote = to;
  peer_.detour = "through " + proxy.text();
}

void ProxyStream::send(std::string_view bytes) {
  if (is_finishing_ || transport_ == nullptr) {
    return;
  }
  if (handshake_ != nullptr) {
    early_.append(bytes);
  } else {
    transport_->send(bytes);
  }
}

void ProxyStream::finish() {
  if (!std::exchange(is_finishing_, true) && handshake_ == nullptr && transport_ != nullptr) {
    transport_->finish();
  }
}

void ProxyStream::on_open(const ports::PeerInfo& peer) {
  peer_.local = peer.local;
  std::string out;
  handshake_->start(out);
  transport_->send(out);
}

void ProxyStream::on_bytes(std::string_view bytes) {
  if (handshake_ == nullptr) {
    return events_.on_bytes(bytes);
  }
  std::string out;
  const std::size_t taken = handshake_->receive(bytes, out);
  transport_->send(out);
  switch (handshake_->state()) {
    case ProxyHandshake::State::talking:
      return;
    case ProxyHandshake::State::failed:
      return fail();
    case ProxyHandshake::State::open:
      return open(bytes.substr(taken));
  }
}

void ProxyStream::on_end() {
  if (handshake_ == nullptr) {
    return events_.on_end();
  }
  handshake_->receive_end();
  fail();
}

void ProxyStream::on_failure(const base::Failure& failure) {
  if (handshake_ == nullptr) {
    return events_.on_failure(failure);
  }
  handshake_->receive_failure(failure);
  fail();
}

void ProxyStream::open(std::string_view rest) {
  handshake_.reset();
  transport_->send(std::exchange(early_, {}));
  if (is_finishing_) {
    transport_->finish();
  }
  const Liveness::Watch alive(liveness_);
  events_.on_open(peer_);
  if (!alive.is_gone() && !rest.empty()) {
    events_.on_bytes(rest);
  }
}

void ProxyStream::fail() {
  const base::Failure told = handshake_->failure();  // the owner may destroy us while it is told
  transport_.reset();
  events_.on_failure(told);
}

}  // namespace cachewitness::adapters
