// A protocol over datagrams that a test can read, for the prober's tests: it shakes hands, multiplexes, sends its
// first word again after a second, and says good-bye, as HTTP/3 does. Header-only, as only tests of `probe` see its
// headers.
//
//     hello NAME            welcome
//     get 0 HOST TARGET     0 200 etag: "1"          a status, then a field where there is one
//     bye                   reject 0, goaway         RFC 9114 4.1.1, 5.2
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "probe/datagram_session.h"
#include "support/memory_network.h"

namespace cachewitness::testing {

class LegibleSession final : public probe::DatagramSession {
 public:
  LegibleSession(std::string name, const std::set<std::string>& covered, probe::SessionEvents& events)
      : name_(std::move(name)), covered_(covered), events_(events) {
    peer_.tls_version = "TLSv1.3";
    peer_.certificate_sha256 = std::string(64, 'd');
    peer_.protocol = "h3";
  }

  void start(std::string& /*out*/) override {
    carried_.clear();
    unsent_.clear();
    next_ = 0;
    hello_at_ = now_;
    is_welcome_ = is_open_ = is_draining_ = false;
  }
  [[nodiscard]] std::uint32_t room() const override { return is_draining_ ? 0 : 100 - carried(); }
  [[nodiscard]] std::uint32_t carried() const override { return static_cast<std::uint32_t>(carried_.size()); }
  void begin(probe::Exchange& exchange, std::string& /*out*/) override {
    exchange.slot = next_++;
    carried_[exchange.slot] = &exchange;
    unsent_.push_back(exchange.slot);
  }
  void receive(std::string_view datagram, std::string& /*out*/) override {
    std::istringstream words{std::string(datagram)};
    std::string word;
    words >> word;
    if (word == "welcome") {
      is_welcome_ = true;
    } else if (word == "goaway") {
      is_draining_ = true;
      while (!carried_.empty()) {
        events_.on_unprocessed(forget(carried_.begin()->first));
      }
    } else if (word == "reject") {
      std::uint32_t slot = 0;
      words >> slot;
      events_.on_unprocessed(forget(slot));
    } else {
      answer(static_cast<std::uint32_t>(std::stoul(word)), words);
    }
  }
  void receive_end() override { receive_failure({base::Stage::connect, base::FailureCause::reset, "ended"}); }
  void receive_failure(const base::Failure& failure) override {
    is_draining_ = true;
    while (!carried_.empty()) {
      probe::Exchange& exchange = forget(carried_.begin()->first);
      exchange.evidence.outcome = failure;
      events_.on_outcome(exchange);
    }
  }
  void abandon(probe::Exchange& exchange, std::string& /*out*/) override { forget(exchange.slot); }
  [[nodiscard]] bool is_draining() const override { return is_draining_; }
  [[nodiscard]] base::Stage stage(const probe::Exchange& /*exchange*/) const override {
    return is_open_ ? base::Stage::head : base::Stage::connect;
  }
  [[nodiscard]] std::string progress(const probe::Exchange& /*exchange*/) const override {
    return is_open_ ? "before any byte of a response" : "without any datagram in answer";
  }

  void on_time(base::Tick now) override { now_ = now; }
  [[nodiscard]] base::Tick wakes_at() const override { return is_welcome_ ? base::Tick::never() : hello_at_; }
  void write(probe::Datagrams& out) override {
    if (!is_welcome_ && now_ >= hello_at_) {
      out.add("hello " + name_);
      hello_at_ = now_ + std::chrono::seconds(1);
    }
    if (!is_welcome_) {
      return;
    }
    const bool was_open = std::exchange(is_open_, true);  // the handshake ends only where it writes
    for (const std::uint32_t slot : std::exchange(unsent_, {})) {
      if (const auto found = carried_.find(slot); found != carried_.end()) {
        const probe::ProbeRequest& request = found->second->request;
        out.add(fmt::format("get {} {} {}", slot, request.host, request.target));
        if (!was_open) {
          events_.on_sent(*found->second);
        }
      }
    }
  }
  void close(probe::Datagrams& out) override { out.add("bye"); }
  [[nodiscard]] const ports::PeerInfo* peer() const override { return is_open_ ? &peer_ : nullptr; }
  [[nodiscard]] bool covers(std::string_view host) const override {
    return is_open_ && covered_.contains(std::string(host));
  }

 private:
  void answer(std::uint32_t slot, std::istringstream& words) {
    if (!carried_.contains(slot)) {
      return;  // given up
    }
    evidence::Response response;
    words >> response.status >> std::ws;
    std::string field;
    std::getline(words, field);
    response.head = fmt::format("HTTP/3 {} \r\n{}{}\r\n", response.status, field, field.empty() ? "" : "\r\n");
    events_.on_first_byte(*carried_[slot]);
    probe::Exchange& exchange = forget(slot);
    exchange.evidence.outcome = std::move(response);
    events_.on_outcome(exchange);
  }
  probe::Exchange& forget(std::uint32_t slot) { return *carried_.extract(slot).mapped(); }

  std::string name_;
  const std::set<std::string>& covered_;
  probe::SessionEvents& events_;
  ports::PeerInfo peer_;
  std::map<std::uint32_t, probe::Exchange*> carried_;
  std::vector<std::uint32_t> unsent_;
  std::uint32_t next_ = 0;
  base::Tick now_;
  base::Tick hello_at_;
  bool is_welcome_ = false;
  bool is_open_ = false;
  bool is_draining_ = false;
};

class LegibleSessions final : public probe::DatagramSessions {
 public:
  std::unique_ptr<probe::DatagramSession> make(const ports::TlsClient& tls, const probe::SessionLimits& /*limits*/,
                                               std::string_view /*user_agent*/, probe::SessionEvents& events) override {
    return std::make_unique<LegibleSession>(tls.server_name, covered, events);
  }
  std::set<std::string> covered;  // by every certificate
};

// The peer of one address: answers each request as its script says.
class LegibleEdge {
 public:
  struct Request {
    std::size_t connection = 0;  // counts from 0
    std::string slot;
    std::string host;
    std::string target;
  };
  using Script = std::function<std::vector<std::string>(const Request&)>;

  LegibleEdge(MemoryNetwork& network, const base::SocketAddress& address, Script script)
      : network_(network), address_(address), script_(std::move(script)) {
    network.set_datagram_peer(
        address, [this](std::uint16_t port, std::string_view datagram) { return take(port, std::string(datagram)); });
  }
  ~LegibleEdge() { network_.set_datagram_peer(address_, {}); }
  LegibleEdge(const LegibleEdge&) = delete;
  LegibleEdge& operator=(const LegibleEdge&) = delete;

  // How many clients shook hands.
  [[nodiscard]] std::size_t connections() const { return ports_.size(); }
  [[nodiscard]] std::size_t count(std::string_view word) const { return words_.count(std::string(word)); }
  [[nodiscard]] const std::vector<base::Tick>& arrivals() const { return arrivals_; }

  std::size_t lost_hellos = 0;  // so many are not answered

 private:
  std::vector<std::string> take(std::uint16_t port, const std::string& datagram) {
    std::istringstream words(datagram);
    std::string word;
    words >> word;
    words_.insert(word);
    if (word == "hello" && lost_hellos > 0) {
      --lost_hellos;
      return {};
    }
    const std::size_t connection = ports_.emplace(port, ports_.size()).first->second;
    if (word != "get") {
      return word == "hello" ? std::vector<std::string>{"welcome"} : std::vector<std::string>{};
    }
    arrivals_.push_back(network_.now());
    Request request;
    request.connection = connection;
    words >> request.slot >> request.host >> request.target;
    return script_(request);
  }

  MemoryNetwork& network_;
  base::SocketAddress address_;
  Script script_;
  std::map<std::uint16_t, std::size_t> ports_;  // to the number of the connection
  std::multiset<std::string> words_;
  std::vector<base::Tick> arrivals_;
};

}  // namespace cachewitness::testing
