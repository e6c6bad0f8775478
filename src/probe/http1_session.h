// Http1Session: HTTP/1.1 on one stream: one exchange at a time, or several in a pipeline (RFC 9112 9.3.2).
//
// A pipeline begins once the stream has answered a first request: only then is it known to be kept. What a stream
// that ends leaves unanswered may be sent again, for every request is a GET.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "probe/response_reader.h"
#include "probe/session.h"
#include "probe/session_limits.h"

namespace cachewitness::probe {

class Http1Session final : public Session {
 public:
  // `depth`: requests under way at once, at least 1. `user_agent` and `events` outlive the session.
  Http1Session(const SessionLimits& limits, std::uint32_t depth, std::string_view user_agent, SessionEvents& events);

  void start(std::string& out) override;
  [[nodiscard]] std::uint32_t room() const override;
  [[nodiscard]] std::uint32_t carried() const override { return carried_; }
  void begin(Exchange& exchange, std::string& out) override;
  void receive(std::string_view bytes, std::string& out) override;
  void receive_end() override;
  void receive_failure(const base::Failure& failure) override;
  void abandon(Exchange& exchange, std::string& out) override;
  [[nodiscard]] bool is_draining() const override { return is_draining_; }
  [[nodiscard]] base::Stage stage(const Exchange& exchange) const override;
  [[nodiscard]] std::string progress(const Exchange& exchange) const override;

 private:
  [[nodiscard]] bool is_front(const Exchange& exchange) const { return !queue_.empty() && queue_.front() == &exchange; }
  // The first takes `failure`, or is given back where it cannot have been looked at; the others are given back.
  void end_all(const base::Failure& failure);
  void finish_front();
  void fail_front(const base::Failure& failure);
  void give_back_all();
  Exchange* pop_front();

  std::uint32_t depth_;
  std::string_view user_agent_;
  SessionEvents& events_;
  ResponseReader reader_;         // of the answer to the front of the queue
  std::vector<Exchange*> queue_;  // in order of their requests; null = abandoned, its answer is thrown away
  std::uint32_t carried_ = 0;     // of the queue: not abandoned
  bool has_answered_ = false;     // at least one request, so the peer keeps the stream
  bool is_filled_ = false;        // and takes no more before half of it is answered
  bool is_draining_ = false;
};

}  // namespace cachewitness::probe
