#include "probe/datagram_connection.h"

#include <utility>

#include "base/assert.h"

namespace cachewitness::probe {

DatagramConnection::DatagramConnection(RunState& run, Owner& owner) : EdgeConnection(run, owner) {
  CW_ASSERT(run.datagram_sessions != nullptr);
}

DatagramConnection::~DatagramConnection() {
  if (!is_closed()) {
    close();
  }
}

void DatagramConnection::open(LaneTarget& target, Exchange& exchange) {
  CW_ASSERT(exchange.request.is_tls && !target.route->proxy);
  begin_opening(target, exchange);
  if (datagram_session_ == nullptr || session_name_ != tls_.server_name) {
    SessionEvents& told = *this;  // no public base: converted here, where it is known
    tls_.alpn = {"h3"};
    datagram_session_ =
        run_.datagram_sessions->make(tls_, session_limits(run_.settings), run_.settings.user_agent, told);
    session_ = datagram_session_.get();
    session_name_ = tls_.server_name;
  }
  begin_event();
  session_->start(out_);
  begin(exchange);
  socket_ = run_.network.connect_datagrams(*route_, *this);
  CW_ASSERT(socket_ != nullptr);
}

void DatagramConnection::carry(Exchange& exchange) {
  CW_ASSERT(room() > 0);
  begin(exchange);
  is_unsent_ = true;
}

void DatagramConnection::flush() {
  if (has_unsent()) {
    begin_event();
    pump();
  }
}

void DatagramConnection::abandon(Exchange& exchange) {
  exchange.connection = nullptr;
  session_->abandon(exchange, out_);  // before the time is told, which might end this very exchange
  if (state_ == State::opening) {
    return end();  // it carries nothing besides
  }
  begin_event();
  settle();
}

void DatagramConnection::close() {
  datagrams_.clear();
  datagram_session_->close(datagrams_);
  send_datagrams();
  state_ = State::closed;
  socket_.reset();
  run_.network.cancel_timer(std::exchange(timer_, ports::TimerId::none));
  is_unsent_ = false;
}

bool DatagramConnection::covers(const ProbeRequest& request) const {
  return request.is_tls && datagram_session_->covers(server_name(request));
}

// A socket is there at once, and says nothing of the peer.
void DatagramConnection::on_open(const ports::PeerInfo& peer) {
  take_way(peer);
  begin_event();
  settle();
}

void DatagramConnection::on_bytes(std::string_view bytes) {
  begin_event();
  session_->receive(bytes, out_);
  settle();
}

void DatagramConnection::on_end() {
  begin_event();
  session_->receive_end();
  CW_ASSERT(session_->carried() == 0);
  end();
}

void DatagramConnection::on_failure(const base::Failure& failure) {
  begin_event();
  session_->receive_failure(failure);
  CW_ASSERT(session_->carried() == 0);
  end();
}

void DatagramConnection::on_timer(base::Tick /*now*/) {
  timer_ = ports::TimerId::none;
  begin_event();
  settle();
}

// It had to wait, for the end of the handshake most of all: the request leaves only now.
void DatagramConnection::on_sent(Exchange& exchange) {
  exchange.evidence.sent_at = event_at_;
  complete_path(exchange);
}

void DatagramConnection::on_outcome(Exchange& exchange) {
  complete_path(exchange);
  EdgeConnection::on_outcome(exchange);
}

void DatagramConnection::begin_event() {
  event_at_ = run_.wall();
  datagram_session_->on_time(run_.network.now());
}

// What the session left. A handshake may end only where it writes, so that nothing waits before that; afterwards
// answers go along with the next requests.
void DatagramConnection::settle() {
  is_unsent_ = true;
  if (state_ == State::opening) {
    pump();
    state_ = datagram_session_->peer() != nullptr ? State::open : State::opening;
  }
  if (session_->is_draining() && session_->carried() == 0) {
    return end();
  }
  if (state_ == State::open) {
    owner_.on_change(*this);
  }
}

void DatagramConnection::end() {
  close();
  owner_.on_change(*this);
}

// Tells the owner of no change, for it may be the owner's own doing: the timer does so, at once where there is any.
void DatagramConnection::pump() {
  is_unsent_ = false;
  datagrams_.clear();
  datagram_session_->write(datagrams_);
  send_datagrams();
  rearm();
}

void DatagramConnection::send_datagrams() {
  for (std::size_t i = 0; socket_ != nullptr && i < datagrams_.size(); ++i) {
    socket_->send(datagrams_.at(i));
  }
}

// A timer that rings too early finds nothing to do and is set again: cheaper than to move it with every datagram.
void DatagramConnection::rearm() {
  const bool is_spent = session_->is_draining() && session_->carried() == 0;
  const base::Tick at = is_spent ? run_.network.now() : datagram_session_->wakes_at();
  if (timer_ != ports::TimerId::none && rings_at_ <= at) {
    return;
  }
  run_.network.cancel_timer(std::exchange(timer_, ports::TimerId::none));
  if (at != base::Tick::never()) {
    timer_ = run_.network.arm_timer(at, *this);
    rings_at_ = at;
  }
}

// For the first exchange, which was handed to the session before any of this was known.
void DatagramConnection::complete_path(Exchange& exchange) {
  if (state_ != State::opening) {
    return;
  }
  if (const ports::PeerInfo* const peer = datagram_session_->peer()) {
    take_handshake(*peer);
  }
  evidence::Path& path = exchange.evidence.path;
  path.remote = path_.remote;
  path.local_port = path_.local_port;
  path.detour = path_.detour;
  path.tls_version = path_.tls_version;
  path.certificate_sha256 = path_.certificate_sha256;
}

}  // namespace cachewitness::probe
