#include "quic/http3_session.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"

namespace cachewitness::quic {

using base::FailureCause;
using base::Stage;

Http3Session::Http3Session(Credentials credentials, std::string trouble, std::string_view server_name,
                           const probe::SessionLimits& limits, std::string_view user_agent,
                           probe::SessionEvents& events)
    : credentials_(std::move(credentials)),
      trouble_(std::move(trouble)),
      server_name_(server_name),
      requests_(limits, user_agent, events) {
  CW_ASSERT(credentials_ != nullptr || !trouble_.empty());
}

void Http3Session::start(std::string& /*out*/) {
  connection_.reset();
  failure_.reset();
  is_dead_ = false;
  if (trouble_.empty()) {
    connection_.emplace(credentials_, server_name_, requests_, now_);
    requests_.start(*connection_);
  } else {
    failure_ = {Stage::tls, FailureCause::tls, trouble_};
  }
}

std::uint32_t Http3Session::room() const {
  if (!trouble_.empty()) {
    return carried() == 0 ? 1 : 0;  // each hears why
  }
  return is_draining() ? 0 : requests_.room();
}

void Http3Session::begin(probe::Exchange& exchange, std::string& /*out*/) { requests_.begin(exchange); }

void Http3Session::receive(std::string_view bytes, std::string& /*out*/) {
  if (is_running()) {
    connection_->receive(bytes, now_);
    tell_end();
  }
}

// A socket for datagrams has no end.
void Http3Session::receive_end() { receive_failure({Stage::connect, FailureCause::reset, "the socket was closed"}); }

void Http3Session::receive_failure(const base::Failure& failure) {
  if (is_running()) {
    failure_ = failure;
    failure_->stage = connection_->stage();
  }
  tell_end();
}

// Whoever waits learns of the end, at once or, where it came about while something was written, with the next time.
void Http3Session::tell_end() {
  if (is_over()) {
    requests_.end(failure_ ? *failure_ : connection_->failure());
  }
}

void Http3Session::abandon(probe::Exchange& exchange, std::string& /*out*/) {
  // Every packet is acknowledged (RFC 9000 13.2), so this silence is the path's, or a server's that has forgotten us.
  is_dead_ = is_dead_ || (requests_.is_sent(exchange) && !requests_.is_acknowledged(exchange));
  requests_.abandon(exchange);
}

bool Http3Session::is_draining() const { return is_over() || is_dead_ || requests_.is_draining(); }

Stage Http3Session::stage(const probe::Exchange& exchange) const {
  const Stage reached = connection_ ? connection_->stage() : Stage::tls;
  return reached == Stage::head ? requests_.stage(exchange) : reached;
}

std::string Http3Session::progress(const probe::Exchange& exchange) const {
  if (!connection_ || !connection_->is_open()) {
    return stage(exchange) == Stage::connect ? "without any datagram in answer" : "during the QUIC handshake";
  }
  return requests_.progress(exchange);
}

void Http3Session::on_time(base::Tick now) {
  now_ = now;
  if (is_running()) {
    connection_->on_time(now);
  }
  tell_end();
}

base::Tick Http3Session::wakes_at() const {
  if (is_running()) {
    return connection_->wakes_at();
  }
  return carried() > 0 ? base::Tick{} : base::Tick::never();
}

void Http3Session::write(probe::Datagrams& out) {
  if (connection_ && !failure_) {
    connection_->expect_answer(carried() > 0);
    connection_->write(requests_, now_, out);
  }
}

void Http3Session::close(probe::Datagrams& out) {
  if (connection_ && !failure_) {
    connection_->close(now_, out);
  }
}

const ports::PeerInfo* Http3Session::peer() const {
  return connection_ && connection_->is_open() ? &connection_->peer() : nullptr;
}

bool Http3Session::covers(std::string_view host) const { return peer() != nullptr && connection_->tls().covers(host); }

}  // namespace cachewitness::quic
