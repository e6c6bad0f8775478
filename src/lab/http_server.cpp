#include "lab/http_server.h"

#include <utility>

#include "http/body_reader.h"

namespace cachewitness::lab {

namespace {

constexpr std::size_t max_waiting_bytes = std::size_t{256} << 10;  // of pipelined requests
constexpr base::Duration drip_pause = std::chrono::milliseconds(500);
constexpr std::size_t drip_bytes = 6;
// Long enough for the queued bytes to leave before the connection is destroyed under them.
constexpr base::Duration cut_pause = std::chrono::milliseconds(20);
constexpr base::Duration linger = std::chrono::seconds(5);

std::string plain_text_head(std::string_view status, std::string_view body) {
  std::string head = "HTTP/1.1 ";
  head.append(status).append("\r\nContent-Type: text/plain\r\nContent-Length: ");
  head.append(std::to_string(body.size())).append("\r\n");
  return head;
}

}  // namespace

// One connection. Its requests are answered strictly in order: the next one is not looked at before the
// present one has its answer.
class HttpServer::Peer final : public ports::ConnectionEvents, public ports::TimerEvents {
 public:
  Peer(HttpServer& server, std::uint64_t id, std::unique_ptr<ports::Connection> connection)
      : server_(server), id_(id), connection_(std::move(connection)) {}
  ~Peer() override { cancel_timer(); }
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  void on_open(const ports::PeerInfo&) override {}

  void on_bytes(std::string_view bytes) override {
    if (is_waiting_ || !input_.empty()) {
      input_.append(bytes);
      if (input_.size() > max_waiting_bytes) {
        end();
      } else if (!is_waiting_) {
        serve_buffered();
      }
    } else {
      const std::size_t used = serve(bytes);
      input_.assign(bytes.substr(used));
    }
    flush();
    server_.reap();  // may destroy this peer
  }

  void on_end() override {
    has_peer_finished_ = true;
    if (!is_waiting_ || !held_.empty()) {  // nobody waits for an answer that is delivered badly
      end();
    }
    server_.reap();
  }

  void on_failure(const base::Failure&) override {
    end();
    server_.reap();
  }

  void on_timer(base::Tick now) override {
    timer_ = ports::TimerId::none;
    switch (at_timer_) {
      case AtTimer::deliver:
        out_.append(std::exchange(held_, {}));
        finish_answer();
        serve_buffered();
        flush();
        break;
      case AtTimer::drip:
        connection_->send(std::string_view(held_).substr(0, drip_bytes));
        held_.erase(0, drip_bytes);
        if (held_.empty()) {
          finish_answer();
          serve_buffered();
          flush();
        } else {
          arm(now + drip_pause, AtTimer::drip);
        }
        break;
      case AtTimer::end:
        end();
        break;
    }
    server_.reap();
  }

  void reply(const Reply& reply) {
    if (!connection_ || !is_waiting_) {
      return;
    }
    if (reply.delivery == Delivery::whole && reply.delay == base::Duration{}) {
      append_message(reply, out_);
      finish_answer();
    } else {
      deliver_badly(reply);
    }
    if (!is_serving_) {  // a late answer: nobody up the stack goes on with the next request
      serve_buffered();
      flush();
    }
  }

  void end() {
    if (connection_) {
      connection_.reset();
      cancel_timer();
      server_.ended_.push_back(id_);
    }
  }

 private:
  enum class AtTimer : std::uint8_t { deliver, drip, end };

  // Serves requests from the front of `bytes` until one has to wait. Returns how many bytes they took.
  std::size_t serve(std::string_view bytes) {
    is_serving_ = true;
    std::size_t used = 0;
    while (connection_ && !is_waiting_ && !is_closing_ && used < bytes.size()) {
      const auto parsed = http::parse_request_head(bytes.substr(used), http::HeadLimits{}, request_);
      if (!parsed && parsed.error() == http::HeadDefect::incomplete) {
        break;
      }
      is_waiting_ = true;
      const auto body = parsed ? http::BodyReader::for_request(request_) : http::BodyReader();
      if (!parsed || !body) {
        refuse("400 Bad Request", "This is not an HTTP/1.1 request.\n");
      } else if (!body->is_complete()) {
        refuse("413 Content Too Large", "The lab takes no request content.\n");
      } else {
        used += request_.size;
        is_closing_ = !http::keeps_connection(request_);
        server_.handler_.on_request(request_, Ticket(server_, id_));
      }
    }
    is_serving_ = false;
    return used;
  }

  void serve_buffered() {
    if (!input_.empty() && !is_waiting_) {
      const std::size_t used = serve(input_);
      input_.erase(0, used);
    }
  }

  void refuse(std::string_view status, std::string_view body) {
    is_closing_ = true;
    const std::string head = plain_text_head(status, body);
    append_message(Reply{.head = head, .body = body}, out_);
    finish_answer();
  }

  void append_message(const Reply& reply, std::string& out) const {
    out.append(reply.head);
    out.append(is_closing_ ? "Connection: close\r\n\r\n" : "\r\n");
    out.append(reply.body);
  }

  void deliver_badly(const Reply& reply) {
    flush();  // what earlier answers are due stays ahead of this one
    const base::Tick now = server_.network_.now();
    append_message(reply, held_);
    switch (reply.delivery) {
      case Delivery::whole:
        arm(now + reply.delay, AtTimer::deliver);
        break;
      case Delivery::drip:
        arm(now + reply.delay + drip_pause, AtTimer::drip);
        break;
      case Delivery::hang_mid_head:
        connection_->send(std::string_view(held_).substr(0, reply.head.size() / 2));
        break;
      case Delivery::cut_mid_body:
        connection_->send(std::string_view(held_).substr(0, held_.size() - (reply.body.size() + 1) / 2));
        arm(now + cut_pause, AtTimer::end);
        break;
    }
  }

  void finish_answer() {
    is_waiting_ = false;
    is_closing_ = is_closing_ || has_peer_finished_;
  }

  void flush() {
    if (!connection_ || (out_.empty() && !is_closing_)) {
      return;
    }
    if (!out_.empty()) {
      connection_->send(out_);
      out_.clear();
    }
    if (is_closing_ && !is_waiting_ && !is_finished_) {
      is_finished_ = true;
      connection_->finish();
      arm(server_.network_.now() + linger, AtTimer::end);
    }
  }

  void arm(base::Tick at, AtTimer what) {
    cancel_timer();
    at_timer_ = what;
    timer_ = server_.network_.arm_timer(at, *this);
  }

  void cancel_timer() {
    if (timer_ != ports::TimerId::none) {
      server_.network_.cancel_timer(std::exchange(timer_, ports::TimerId::none));
    }
  }

  HttpServer& server_;
  std::uint64_t id_;
  std::unique_ptr<ports::Connection> connection_;
  http::RequestHead request_;
  std::string input_;  // what could not be served yet
  std::string out_;    // answers of one wake-up leave in one send
  std::string held_;   // of an answer that is delivered late or badly
  ports::TimerId timer_ = ports::TimerId::none;
  AtTimer at_timer_ = AtTimer::end;
  bool is_waiting_ = false;  // the present request has no answer yet
  bool is_serving_ = false;
  bool is_closing_ = false;  // after the present answer
  bool is_finished_ = false;
  bool has_peer_finished_ = false;
};

void Ticket::reply(const Reply& reply) const {
  if (const auto found = server_->peers_.find(peer_); found != server_->peers_.end()) {
    found->second->reply(reply);
  }
}

HttpServer::HttpServer(ports::Network& network, const ports::TlsServer* tls, RequestHandler& handler)
    : network_(network), tls_(tls), handler_(handler) {}

HttpServer::~HttpServer() = default;

base::Result<void> HttpServer::open(const base::SocketAddress& on) {
  auto listener = network_.listen(address_.port == 0 ? on : address_, tls_, *this);
  if (!listener) {
    return std::unexpected(std::move(listener).error());
  }
  listener_ = std::move(*listener);
  address_ = listener_->address();
  return {};
}

void HttpServer::close() {
  listener_.reset();
  for (const auto& [id, peer] : peers_) {
    peer->end();
  }
}

ports::ConnectionEvents* HttpServer::on_accept(std::unique_ptr<ports::Connection> connection, const ports::PeerInfo&) {
  reap();
  const std::uint64_t id = ++last_peer_;
  return peers_.emplace(id, std::make_unique<Peer>(*this, id, std::move(connection))).first->second.get();
}

void HttpServer::reap() {
  for (const std::uint64_t id : ended_) {
    peers_.erase(id);
  }
  ended_.clear();
}

}  // namespace cachewitness::lab
