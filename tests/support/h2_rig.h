// An Http2Session, the exchanges that it carries and what it told of them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "probe/http2_session.h"

namespace cachewitness::testing::h2 {

class Rig : public probe::SessionEvents {
 public:
  explicit Rig(probe::Http2Settings settings = {}) : session(std::move(settings), *this) { start(); }

  void start() {
    sent.clear();
    session.start(sent);
  }
  probe::Exchange& begin(std::string_view target = "/a", std::string_view host = "tenant.example") {
    exchanges.push_back(std::make_unique<probe::Exchange>());
    exchanges.back()->request.host = host;
    exchanges.back()->request.target = target;
    session.begin(*exchanges.back(), sent);
    return *exchanges.back();
  }
  void receive(std::string_view bytes) { session.receive(bytes, sent); }
  // What was sent since the last call.
  std::string take_sent() { return std::exchange(sent, {}); }

  void on_first_byte(probe::Exchange& exchange) override {
    exchange.evidence.first_byte_at = now;
    first_bytes.push_back(&exchange);
  }
  void on_outcome(probe::Exchange& exchange) override { outcomes.push_back(&exchange); }
  void on_unprocessed(probe::Exchange& exchange) override { unprocessed.push_back(&exchange); }

  base::Instant now{1'000'000'000'000};
  std::string sent;
  std::vector<std::unique_ptr<probe::Exchange>> exchanges;
  std::vector<probe::Exchange*> first_bytes;
  std::vector<probe::Exchange*> outcomes;
  std::vector<probe::Exchange*> unprocessed;
  probe::Http2Session session;
};

// "200 <head>|<bytes>" or "malformed-response at head: detail".
inline std::string describe(const probe::Exchange& exchange) {
  const auto& outcome = exchange.evidence.outcome;
  if (const auto* failure = std::get_if<base::Failure>(&outcome)) {
    return std::string(name(failure->cause)) + " at " + std::string(name(failure->stage)) + ": " + failure->detail;
  }
  const auto& response = std::get<evidence::Response>(outcome);
  return std::to_string(response.status) + " " + response.head + "|" + std::to_string(response.body.wire_bytes);
}

}  // namespace cachewitness::testing::h2
