#include "http3/http3_client.h"

#include <gtest/gtest.h>

#include <utility>

namespace cachewitness::testing {

Http3Client::Http3Client(ports::Network& network, probe::DatagramSessions& sessions, const ports::TlsClient& tls,
                         const probe::SessionLimits& limits)
    : network_(network), session_(sessions.make(tls, limits, "cachewitness/test", *this)) {}

Http3Client::~Http3Client() { network_.cancel_timer(timer_); }

void Http3Client::open(const base::SocketAddress& to) {
  session_->on_time(network_.now());
  session_->start(unused_);
  stream_ = network_.connect_datagrams(to, *this);
}

void Http3Client::close() {
  session_->on_time(network_.now());
  datagrams_.clear();
  session_->close(datagrams_);
  for (std::size_t i = 0; i < datagrams_.size(); ++i) {
    stream_->send(datagrams_.at(i));
  }
  stream_.reset();
}

probe::Exchange& Http3Client::ask(std::string_view target, std::string_view host) {
  probe::Exchange& exchange = exchanges_.emplace_back();
  exchange.request.target = target;
  exchange.request.host = host;
  session_->on_time(network_.now());
  EXPECT_GT(session_->room(), 0U);
  session_->begin(exchange, unused_);
  flush();
  return exchange;
}

void Http3Client::abandon(probe::Exchange& exchange) {
  session_->on_time(network_.now());
  session_->abandon(exchange, unused_);
  flush();
}

bool Http3Client::settle(base::Duration limit) {
  const base::Tick end = network_.now() + limit;
  while (session_->carried() > 0 && network_.now() < end) {
    network_.turn(end);
  }
  return session_->carried() == 0;
}

void Http3Client::on_open(const ports::PeerInfo& /*peer*/) { flush(); }

void Http3Client::on_bytes(std::string_view bytes) {
  session_->on_time(network_.now());
  session_->receive(bytes, unused_);
  flush();
}

void Http3Client::on_end() { ADD_FAILURE() << "a socket for datagrams has no end"; }

void Http3Client::on_failure(const base::Failure& failure) {
  session_->on_time(network_.now());
  session_->receive_failure(failure);
  flush();
}

void Http3Client::on_timer(base::Tick now) {
  timer_ = ports::TimerId::none;
  session_->on_time(now);
  flush();
}

void Http3Client::on_first_byte(probe::Exchange& /*exchange*/) { ++first_bytes; }
void Http3Client::on_outcome(probe::Exchange& exchange) { outcomes.push_back(&exchange); }
void Http3Client::on_unprocessed(probe::Exchange& exchange) { unprocessed.push_back(&exchange); }
void Http3Client::on_sent(probe::Exchange& /*exchange*/) { ++sent_late; }

void Http3Client::flush() {
  datagrams_.clear();
  session_->write(datagrams_);
  for (std::size_t i = 0; i < datagrams_.size(); ++i) {
    stream_->send(datagrams_.at(i));
  }
  EXPECT_TRUE(unused_.empty());
  network_.cancel_timer(std::exchange(timer_, ports::TimerId::none));
  if (const base::Tick wake = session_->wakes_at(); wake != base::Tick::never()) {
    timer_ = network_.arm_timer(wake, *this);
  }
}

std::string outcome_text(const probe::Exchange& exchange) {
  if (const auto* failure = exchange.evidence.failure(); failure != nullptr) {
    return std::string(name(failure->stage)) + "/" + std::string(name(failure->cause)) + ": " + failure->detail;
  }
  const evidence::Response& response = *exchange.evidence.response();
  return std::to_string(response.status) + " " + response.head.substr(0, response.head.find(' '));
}

}  // namespace cachewitness::testing
