#include "probe/http1_session.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/assert.h"
#include "probe/http1_request.h"

namespace cachewitness::probe {

Http1Session::Http1Session(const SessionLimits& limits, std::uint32_t depth, std::string_view user_agent,
                           SessionEvents& events)
    : depth_(depth), user_agent_(user_agent), events_(events), reader_(limits) {
  CW_ASSERT(depth > 0);
}

void Http1Session::start(std::string& /*out*/) {
  reader_.start();
  queue_.clear();
  carried_ = 0;
  has_answered_ = false;
  is_filled_ = false;
  is_draining_ = false;
}

// A pipeline that refilled itself answer by answer would send a packet for each request: those of half a pipeline leave
// together.
std::uint32_t Http1Session::room() const {
  const std::uint32_t depth = has_answered_ ? depth_ : 1;
  const auto used = static_cast<std::uint32_t>(queue_.size());
  return is_draining_ || is_filled_ || used >= depth ? 0 : depth - used;
}

void Http1Session::begin(Exchange& exchange, std::string& out) {
  CW_ASSERT(room() > 0);
  queue_.push_back(&exchange);
  is_filled_ = queue_.size() == depth_;
  ++carried_;
  append_get(exchange.request, user_agent_, out);
}

void Http1Session::receive(std::string_view bytes, std::string& /*out*/) {
  while (!bytes.empty() && !is_draining_) {
    if (queue_.empty()) {  // nobody asked: what follows could not be told from an answer
      is_draining_ = true;
      return;
    }
    if (!reader_.has_bytes() && queue_.front() != nullptr) {
      events_.on_first_byte(*queue_.front());
    }
    bytes.remove_prefix(reader_.receive(bytes));
    if (reader_.state() == ResponseReader::State::complete) {
      finish_front();
    } else if (reader_.state() == ResponseReader::State::failed) {
      fail_front(reader_.failure());
    }
  }
}

void Http1Session::receive_end() {
  if (queue_.empty()) {
    is_draining_ = true;
    return;
  }
  const bool has_bytes = reader_.has_bytes();
  reader_.receive_end();
  if (has_bytes && reader_.state() == ResponseReader::State::complete) {
    finish_front();
  } else {
    end_all(reader_.failure());
  }
}

void Http1Session::receive_failure(const base::Failure& failure) {
  const base::Stage stage = reader_.state() == ResponseReader::State::body ? base::Stage::body : base::Stage::head;
  end_all({stage, failure.cause, fmt::format("{} {}", failure.detail, reader_.progress())});
}

void Http1Session::end_all(const base::Failure& failure) {
  is_draining_ = true;
  const bool is_kept_stream = has_answered_ && !reader_.has_bytes();  // RFC 9112 9.3.1: it may close at any time
  if (!queue_.empty() && !is_kept_stream) {
    fail_front(failure);
  }
  give_back_all();
}

// The stream serves on where the answer says so (RFC 9112 9.3); one that ends with it has given all it had.
void Http1Session::finish_front() {
  is_draining_ = is_draining_ || !reader_.is_reusable();
  has_answered_ = true;
  Exchange* const front = pop_front();
  if (front != nullptr) {
    auto& outcome = front->evidence.outcome;
    auto* response = std::get_if<evidence::Response>(&outcome);
    reader_.write_response(response != nullptr ? *response : outcome.emplace<evidence::Response>());
  }
  reader_.start();
  if (front != nullptr) {
    events_.on_outcome(*front);
  }
  if (is_draining_) {
    give_back_all();
  }
}

void Http1Session::fail_front(const base::Failure& failure) {
  is_draining_ = true;
  if (Exchange* const front = pop_front()) {
    front->evidence.outcome = failure;
    events_.on_outcome(*front);
  }
  give_back_all();
}

void Http1Session::give_back_all() {
  while (!queue_.empty()) {
    if (Exchange* const front = pop_front()) {
      events_.on_unprocessed(*front);
    }
  }
}

Exchange* Http1Session::pop_front() {
  Exchange* const front = queue_.front();
  queue_.erase(queue_.begin());
  is_filled_ = is_filled_ && queue_.size() > depth_ / 2;
  carried_ -= front != nullptr ? 1 : 0;
  return front;
}

// An answer that is under way cannot be skipped on this stream, so its abandoning ends it; one that is due later is
// read and thrown away.
void Http1Session::abandon(Exchange& exchange, std::string& /*out*/) {
  const auto found = std::ranges::find(queue_, &exchange);
  CW_ASSERT(found != queue_.end());
  if (found == queue_.begin()) {
    is_draining_ = true;
    pop_front();
    give_back_all();
  } else {
    *found = nullptr;
    --carried_;
  }
}

base::Stage Http1Session::stage(const Exchange& exchange) const {
  const bool is_body = is_front(exchange) && reader_.state() == ResponseReader::State::body;
  return is_body ? base::Stage::body : base::Stage::head;
}

std::string Http1Session::progress(const Exchange& exchange) const {
  return is_front(exchange) ? reader_.progress() : std::string("behind other requests in a pipeline");
}

}  // namespace cachewitness::probe
