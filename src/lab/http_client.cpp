#include "lab/http_client.h"

#include <algorithm>
#include <utility>

#include "http/body_reader.h"

namespace cachewitness::lab {

namespace {

constexpr std::size_t max_body_bytes = std::size_t{1} << 20;

class BodySink final : public http::ContentSink {
 public:
  explicit BodySink(std::string& body) : body_(body) {}
  void take(std::string_view content) override { body_.append(content); }

 private:
  std::string& body_;
};

base::Failure failure(base::Stage stage, base::FailureCause cause, std::string_view detail) {
  return base::Failure{stage, cause, std::string(detail)};
}

}  // namespace

// One connection, one fetch at a time.
class HttpClient::Channel final : public ports::ConnectionEvents, public ports::TimerEvents {
 public:
  Channel(HttpClient& client, std::uint64_t id, const base::SocketAddress& to) : client_(client), id_(id), to_(to) {}
  ~Channel() override { cancel_timer(); }
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  void start(FetchOrder order, FetchDone done) {
    order_ = std::move(order);
    done_ = std::move(done);
    head_bytes_.clear();
    body_.clear();
    stage_ = Stage::head;
    if (!connection_) {
      connection_ = client_.network_.connect(to_, client_.tls_, *this);
    }
    connection_->send(order_.request);
    timer_ = client_.network_.arm_timer(client_.network_.now() + client_.timeout_, *this);
  }

  void on_open(const ports::PeerInfo&) override {}

  void on_bytes(std::string_view bytes) override {
    switch (stage_) {
      case Stage::idle:  // nobody asked: the connection is out of step
        end();
        break;
      case Stage::head:
        read_head(bytes);
        break;
      case Stage::body:
        read_body(bytes);
        break;
    }
    client_.reap();  // may destroy this channel
  }

  void on_end() override {
    if (stage_ == Stage::body && reader_.ends_at_close()) {
      succeed(Reuse::no);
    } else {
      fail(failure(base::Stage::head, base::FailureCause::reset,
                   "the connection was closed before the answer was whole"));
    }
    client_.reap();
  }

  void on_failure(const base::Failure& failure) override {
    fail(failure);
    client_.reap();
  }

  void on_timer(base::Tick) override {
    timer_ = ports::TimerId::none;
    was_used_ = false;  // silence is an answer of its own, not a stale connection
    fail(failure(base::Stage::head, base::FailureCause::timeout, "no whole answer in time"));
    client_.reap();
  }

 private:
  enum class Stage : std::uint8_t { idle, head, body };
  enum class Reuse : std::uint8_t { no, yes };

  void read_head(std::string_view bytes) {
    head_bytes_.append(bytes);
    std::size_t skipped = 0;  // interim answers (RFC 9110 15.2)
    for (;;) {
      const std::string_view unread = std::string_view(head_bytes_).substr(skipped);
      const auto parsed = http::parse_response_head(unread, http::HeadLimits{}, head_);
      if (!parsed && parsed.error() == http::HeadDefect::incomplete) {
        return;
      }
      if (!parsed) {
        return fail(failure(base::Stage::head, base::FailureCause::malformed, http::name(parsed.error())));
      }
      skipped += head_.size;
      if (head_.status >= 200) {
        break;
      }
    }
    const auto reader = http::BodyReader::for_response(head_, order_.is_head_request);
    if (!reader) {
      return fail(failure(base::Stage::head, base::FailureCause::malformed, http::name(reader.error())));
    }
    reader_ = *reader;
    stage_ = Stage::body;
    // The head's views point into head_bytes_, which does not change any more.
    read_body(std::string_view(head_bytes_).substr(skipped));
  }

  void read_body(std::string_view bytes) {
    BodySink sink(body_);
    const auto used = reader_.feed(bytes, sink);
    if (!used) {
      return fail(failure(base::Stage::body, base::FailureCause::malformed, http::name(used.error())));
    }
    if (body_.size() > max_body_bytes) {
      return fail(failure(base::Stage::body, base::FailureCause::too_large, "the body is over 1 MiB"));
    }
    if (reader_.is_complete()) {
      const bool is_in_step = *used == bytes.size() && http::keeps_connection(head_);
      succeed(is_in_step ? Reuse::yes : Reuse::no);
    }
  }

  void succeed(Reuse reuse) {
    cancel_timer();
    // The callback may start a fetch on this very channel, which would overwrite what it is reading:
    // the channel becomes free only afterwards.
    std::exchange(done_, {})(Fetched{head_, body_});
    if (reuse == Reuse::yes) {
      was_used_ = true;
      stage_ = Stage::idle;
      client_.idle_[to_].push_back(this);
    } else {
      end();
    }
  }

  void fail(base::Failure failure) {
    if (stage_ == Stage::idle) {
      return end();
    }
    const bool was_stale = was_used_ && stage_ == Stage::head && head_bytes_.empty();
    FetchDone done = std::exchange(done_, {});
    FetchOrder order = std::move(order_);
    end();
    if (was_stale) {  // RFC 9112 9.3.1: a kept connection may have been closed while the request was on its way
      client_.open_channel(std::move(order), std::move(done));
    } else {
      done(std::unexpected(std::move(failure)));
    }
  }

  void end() {
    cancel_timer();
    if (connection_) {
      connection_.reset();
      std::erase(client_.idle_[to_], this);
      client_.ended_.push_back(id_);
    }
  }

  void cancel_timer() {
    if (timer_ != ports::TimerId::none) {
      client_.network_.cancel_timer(std::exchange(timer_, ports::TimerId::none));
    }
  }

  HttpClient& client_;
  std::uint64_t id_;
  base::SocketAddress to_;
  std::unique_ptr<ports::Connection> connection_;
  FetchOrder order_;
  FetchDone done_;
  http::ResponseHead head_;
  std::string head_bytes_;
  http::BodyReader reader_;
  std::string body_;
  ports::TimerId timer_ = ports::TimerId::none;
  Stage stage_ = Stage::idle;
  bool was_used_ = false;  // has carried a whole exchange before
};

HttpClient::HttpClient(ports::Network& network, base::Duration timeout, const ports::TlsClient* tls)
    : network_(network), timeout_(timeout), tls_(tls) {}

HttpClient::~HttpClient() = default;

void HttpClient::fetch(FetchOrder order, FetchDone done) {
  if (const auto idle = idle_.find(order.to); idle != idle_.end() && !idle->second.empty()) {
    Channel* channel = idle->second.back();
    idle->second.pop_back();
    channel->start(std::move(order), std::move(done));
  } else {
    open_channel(std::move(order), std::move(done));
  }
}

void HttpClient::open_channel(FetchOrder order, FetchDone done) {
  const std::uint64_t id = ++last_channel_;
  const base::SocketAddress to = order.to;
  auto& channel = channels_.emplace(id, std::make_unique<Channel>(*this, id, to)).first->second;
  channel->start(std::move(order), std::move(done));
}

void HttpClient::reap() {
  for (const std::uint64_t id : ended_) {
    channels_.erase(id);
  }
  ended_.clear();
}

}  // namespace cachewitness::lab
