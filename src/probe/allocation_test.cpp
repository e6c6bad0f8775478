// Steady state allocates nothing: counted with a network that allocates nothing either.
#include <gtest/gtest.h>

#include <cstdlib>
#include <new>

#include "probe/http2_session.h"
#include "probe/prober.h"
#include "support/h2_frames.h"
#include "support/probe_rig.h"

namespace {

std::size_t allocations = 0;

}  // namespace

// Not inlined, so that the compiler does not see a malloc() beside a delete.
[[gnu::noinline]] void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size == 0 ? 1 : size)) {
    return memory;
  }
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t /*size*/) noexcept { std::free(memory); }

namespace cachewitness::probe {
namespace {

// One connection at a time; answers each request in the next turn with the same bytes.
class EchoingNetwork : public ports::Network {
 public:
  explicit EchoingNetwork(std::string answer) : answer_(std::move(answer)) {}

  [[nodiscard]] base::Tick now() const override { return now_; }
  std::unique_ptr<ports::Connection> connect(const ports::Route& route, const ports::TlsClient* /*tls*/,
                                             ports::ConnectionEvents& events) override {
    events_ = &events;
    peer_.remote = route.to;
    is_opening_ = true;
    return std::make_unique<Stream>(*this);
  }
  base::Result<std::unique_ptr<ports::Listener>> listen(const base::SocketAddress& /*on*/,
                                                        const ports::TlsServer* /*tls*/,
                                                        ports::AcceptEvents& /*events*/) override {
    return base::fail(base::errors::system_call, "a client only");
  }
  ports::TimerId arm_timer(base::Tick /*at*/, ports::TimerEvents& /*events*/) override { return ports::TimerId::none; }
  void cancel_timer(ports::TimerId /*timer*/) override {}
  bool turn(base::Tick /*limit*/) override {
    now_ = now_ + std::chrono::microseconds(10);
    if (std::exchange(is_opening_, false)) {
      events_->on_open(peer_);
    } else if (std::exchange(is_asked_, false)) {
      events_->on_bytes(answer_);
    }
    return true;
  }

 private:
  class Stream : public ports::Connection {
   public:
    explicit Stream(EchoingNetwork& network) : network_(network) {}
    void send(std::string_view /*bytes*/) override { network_.is_asked_ = true; }
    void finish() override {}

   private:
    EchoingNetwork& network_;
  };

  std::string answer_;
  base::Tick now_{1};
  ports::ConnectionEvents* events_ = nullptr;
  ports::PeerInfo peer_;
  bool is_opening_ = false;
  bool is_asked_ = false;
};

class RepeatingSource : public RequestSource {
 public:
  explicit RepeatingSource(std::size_t count) : left_(count) {}
  bool next(std::size_t /*lane*/, ProbeRequest& out) override {
    out.is_tls = false;
    out.host = "a-tenant-with-a-long-name.example.com";
    out.target = "/assets/a-file-with-a-long-name.js?v=2";
    out.url = "http://a-tenant-with-a-long-name.example.com/assets/a-file-with-a-long-name.js?v=2";
    return left_-- > 0;
  }

 private:
  std::size_t left_;
};

class Counted : public evidence::EvidenceSink {
 public:
  void take(const evidence::Evidence& evidence) override {
    responses += evidence.response() != nullptr ? 1 : 0;
    ++taken;
    if (taken == warm_up) {
      before_ = allocations;
    }
    since_warm_up = allocations - before_;
  }
  static constexpr std::size_t warm_up = 10;
  std::size_t taken = 0;
  std::size_t responses = 0;
  std::size_t since_warm_up = 0;

 private:
  std::size_t before_ = 0;
};

TEST(Allocation, IsNoneForAProbeOnAKeptConnection) {
  EchoingNetwork network(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nETag: \"0123456789abcdef0123456789abcdef\"\r\n"
      "Cache-Control: public, max-age=31536000\r\nVary: Accept-Encoding\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
  ProbeSettings settings;
  settings.concurrency = 1;
  settings.user_agent = "cachewitness/test";
  Prober prober(network, settings, {LaneTarget{.route = cachewitness::testing::edge_address()}});
  RepeatingSource source(1000);
  Counted sink;
  EXPECT_EQ(prober.run(source, sink, StopWhen{}), Prober::End::finished);
  EXPECT_EQ(sink.taken, 1000U);
  EXPECT_EQ(sink.responses, 1000U);
  EXPECT_EQ(sink.since_warm_up, 0U);
}

class Counting : public SessionEvents {
 public:
  void on_first_byte(Exchange& /*exchange*/) override {}
  void on_outcome(Exchange& exchange) override { responses += exchange.evidence.response() != nullptr ? 1 : 0; }
  void on_unprocessed(Exchange& /*exchange*/) override {}
  std::size_t responses = 0;
};

TEST(Allocation, IsNoneForAnExchangeOnAnHttp2Connection) {
  namespace h2 = cachewitness::testing::h2;
  constexpr std::size_t at_once = 20;
  constexpr std::size_t rounds = 60;
  Http2Settings settings;
  settings.user_agent = "cachewitness/test";
  Counting events;
  Http2Session session(settings, events);
  const HeaderLine lines[] = {{"accept-encoding", "gzip"}};
  std::vector<Exchange> exchanges(at_once);
  for (Exchange& exchange : exchanges) {
    exchange.request.host = "a-tenant-with-a-long-name.example.com";
    exchange.request.target = "/assets/a-file-with-a-long-name.js?v=2";
    exchange.request.headers = lines;
  }
  std::vector<std::string> answers(rounds);
  for (std::uint32_t i = 0; i < rounds * at_once; ++i) {
    std::string& bytes = answers[i / at_once];
    bytes += i == 0 ? h2::settings() : h2::ping();
    bytes += h2::headers(2 * i + 1, {{":status", "200"},
                                     {"etag", "\"0123456789abcdef0123456789abcdef\""},
                                     {"cache-control", "public, max-age=31536000"},
                                     {"vary", "accept-encoding"}});
    bytes += h2::data(2 * i + 1, "hello", h2::end_stream);
  }
  std::string out;
  session.start(out);
  std::size_t before = 0;
  for (std::size_t round = 0; round < rounds; ++round) {
    before = round == 3 ? allocations : before;
    for (Exchange& exchange : exchanges) {
      session.begin(exchange, out);
    }
    out.clear();
    session.receive(std::string_view(answers[round]).substr(0, 100), out);
    session.receive(std::string_view(answers[round]).substr(100), out);
  }
  EXPECT_EQ(allocations - before, 0U);
  EXPECT_EQ(events.responses, rounds * at_once);
}

}  // namespace
}  // namespace cachewitness::probe
