#include "app/node_control_plane.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "adapters/sha256.h"
#include "base/socket_address.h"
#include "purge/htcp.h"
#include "purge/varnish_cli_session.h"

namespace cachewitness::app {

namespace {

using base::FailureCause;
using base::Stage;

// One call under way. It ends with an answer, and is removed outside of its own callbacks.
class Exchange : public ports::ConnectionEvents, public ports::TimerEvents {
 public:
  Exchange(ports::Network& network, std::uint64_t id) : network_(network) { answer_.id = id; }
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;
  ~Exchange() override { network_.cancel_timer(timer_); }

  virtual void begin(const base::SocketAddress& to, base::Duration timeout) = 0;
  [[nodiscard]] bool is_over() const { return is_over_; }
  [[nodiscard]] ports::ControlAnswer take_answer() { return std::move(answer_); }

  void fail(base::Failure failure) {
    if (!is_over_) {
      answer_.failure = std::move(failure);
      is_over_ = true;
    }
  }

 protected:
  void succeed(const purge::Response& response) {
    answer_.status = response.status;
    answer_.body = response.body;
    is_over_ = true;
  }
  void arm(base::Tick at) { timer_ = network_.arm_timer(at, *this); }

  ports::Network& network_;
  std::unique_ptr<ports::Connection> connection_;

 private:
  ports::TimerId timer_ = ports::TimerId::none;
  ports::ControlAnswer answer_;
  bool is_over_ = false;
};

class CliExchange final : public Exchange {
 public:
  CliExchange(ports::Network& network, std::uint64_t id, const ports::ControlRequest& request)
      : Exchange(network, id), session_(request.body, secret_of(request), adapters::sha256) {}

  void begin(const base::SocketAddress& to, base::Duration timeout) override {
    arm(network_.now() + timeout);
    connection_ = network_.connect(to, nullptr, *this);
  }
  void on_open(const ports::PeerInfo&) override { is_open_ = true; }
  void on_bytes(std::string_view bytes) override {
    std::string out;
    if (!session_.take(bytes, out)) {
      fail({stage(), FailureCause::malformed, "this is no Varnish command line"});
    } else if (session_.response()) {
      succeed(*session_.response());
    } else if (!out.empty()) {
      connection_->send(out);
    }
  }
  void on_end() override { fail({stage(), FailureCause::reset, "the connection ended without an answer"}); }
  void on_failure(const base::Failure& failure) override {
    fail({is_open_ ? stage() : failure.stage, failure.cause, failure.detail});
  }
  void on_timer(base::Tick) override { fail({stage(), FailureCause::timeout, "no answer in time"}); }

 private:
  static base::Secret secret_of(const ports::ControlRequest& request) {
    const auto found = std::ranges::find(request.headers, "secret", &std::pair<std::string, std::string>::first);
    return base::Secret(found == request.headers.end() ? std::string() : found->second);
  }
  // What had not gone out cannot have come to pass.
  [[nodiscard]] Stage stage() const { return session_.is_sent() ? Stage::head : Stage::connect; }

  purge::VarnishCliSession session_;
  bool is_open_ = false;
};

class HtcpExchange final : public Exchange {
 public:
  HtcpExchange(ports::Network& network, std::uint64_t id, const ports::ControlRequest& request)
      : Exchange(network, id), message_(static_cast<std::uint32_t>(id) + 1) {
    std::vector<purge::Header> headers;
    for (const auto& [name, value] : request.headers) {
      headers.push_back({name, value});
    }
    datagram_ = purge::encode_htcp_clr(message_, request.url, headers);
  }

  void begin(const base::SocketAddress& to, base::Duration timeout) override {
    if (!datagram_) {
      fail({Stage::connect, FailureCause::too_large, "the URL and its headers do not fit one datagram"});
      return;
    }
    deadline_ = network_.now() + timeout;
    connection_ = network_.connect_datagrams(to, *this);
    send();
  }
  void on_open(const ports::PeerInfo&) override {}
  void on_bytes(std::string_view datagram) override {
    if (const auto result = purge::decode_htcp_answer(datagram, message_)) {
      succeed(purge::htcp_response(*result));
    }
  }
  void on_end() override {}
  void on_failure(const base::Failure& failure) override { fail(failure); }
  void on_timer(base::Tick now) override {
    if (now >= deadline_) {
      fail({Stage::head, FailureCause::timeout, "no answer: lost, or htcp_clr_access does not allow it"});
    } else {
      send();
    }
  }

 private:
  // Datagrams get lost; to drop twice does no harm.
  void send() {
    connection_->send(*datagram_);
    arm(std::min(deadline_, network_.now() + wait_));
    wait_ *= 2;
  }

  std::uint32_t message_;
  std::optional<std::string> datagram_;
  base::Tick deadline_{};
  base::Duration wait_ = std::chrono::milliseconds(250);
};

class NodeControlPlane final : public ports::ControlPlane, private ports::TimerEvents {
 public:
  NodeControlPlane(ports::Network& network, ports::Resolver& resolver) : network_(network), resolver_(resolver) {}
  NodeControlPlane(const NodeControlPlane&) = delete;
  NodeControlPlane& operator=(const NodeControlPlane&) = delete;

  void start(std::uint64_t id, const ports::ControlRequest& request) override {
    const bool is_cli = request.method == "CLI";
    std::unique_ptr<Exchange> exchange;
    if (is_cli) {
      exchange = std::make_unique<CliExchange>(network_, id, request);
    } else {
      exchange = std::make_unique<HtcpExchange>(network_, id, request);
    }
    const auto place = base::parse_host_port(request.connect_to);
    const ports::Query query{place ? place->host : "", place && place->port ? *place->port : std::uint16_t{0}};
    const auto found = resolver_.resolve({&query, 1}, request.timeout, [] { return false; });
    if (found.front()) {
      exchange->begin(found.front()->front(), request.timeout);
    } else {
      exchange->fail(found.front().error());
    }
    exchanges_.push_back(std::move(exchange));
  }

  std::vector<ports::ControlAnswer> wait(base::Duration limit) override {
    const base::Tick until = network_.now() + limit;
    is_time_up_ = false;
    const ports::TimerId timer = network_.arm_timer(until, *this);
    while (!is_time_up_ && std::ranges::none_of(exchanges_, [](const auto& each) { return each->is_over(); })) {
      network_.turn(until);
    }
    network_.cancel_timer(timer);
    std::vector<ports::ControlAnswer> answers;
    std::erase_if(exchanges_, [&answers](const auto& exchange) {
      if (exchange->is_over()) {
        answers.push_back(exchange->take_answer());
      }
      return exchange->is_over();
    });
    return answers;
  }

 private:
  void on_timer(base::Tick) override { is_time_up_ = true; }

  ports::Network& network_;
  ports::Resolver& resolver_;
  std::vector<std::unique_ptr<Exchange>> exchanges_;
  bool is_time_up_ = false;
};

}  // namespace

std::unique_ptr<ports::ControlPlane> make_node_control_plane(ports::Network& network, ports::Resolver& resolver) {
  return std::make_unique<NodeControlPlane>(network, resolver);
}

base::Result<std::unique_ptr<ports::ControlPlane>> open_control_plane(const Ports& ports, const PurgePorts& purge_ports,
                                                                      const purge::Provider& provider) {
  const bool is_http = provider.transport == purge::Transport::http || provider.transport == purge::Transport::program;
  return is_http ? purge_ports.control_plane() : make_node_control_plane(ports.network, ports.resolver);
}

}  // namespace cachewitness::app
