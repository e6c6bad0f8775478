// The prober over edges that speak HTTP/2: streams, connections, and what a session answers by itself.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

#include "probe/prober.h"
#include "support/h2_frames.h"
#include "support/probe_rig.h"

namespace cachewitness::probe {
namespace {

using namespace std::chrono_literals;
using cachewitness::testing::edge_address;
using cachewitness::testing::PathFaults;
using cachewitness::testing::request;
using cachewitness::testing::Rig;
using cachewitness::testing::text;
namespace frames = cachewitness::testing::h2;

// An HTTP/2 edge in a few lines: answers each HEADERS frame as its script says.
class Http2Edge : public ports::AcceptEvents {
 public:
  struct Request {
    std::size_t connection = 0;
    std::uint32_t stream = 0;
  };
  using Script = std::function<std::string(const Request&)>;

  Http2Edge(ports::Network& network, Script script)
      : script_(std::move(script)), listener_(*network.listen(edge_address(), &identity_, *this)) {}

  ports::ConnectionEvents* on_accept(std::unique_ptr<ports::Connection> connection,
                                     const ports::PeerInfo& /*peer*/) override {
    streams_.push_back(std::make_unique<Stream>(*this, streams_.size(), std::move(connection)));
    return streams_.back().get();
  }
  [[nodiscard]] std::size_t connections() const { return streams_.size(); }
  // Frames of that type that clients sent.
  [[nodiscard]] std::size_t frames_of(http::h2::FrameType type) const {
    return static_cast<std::size_t>(std::ranges::count(types_, type));
  }

 private:
  class Stream : public ports::ConnectionEvents {
   public:
    Stream(Http2Edge& edge, std::size_t number, std::unique_ptr<ports::Connection> connection)
        : edge_(edge), number_(number), connection_(std::move(connection)) {}
    void on_open(const ports::PeerInfo& /*peer*/) override { connection_->send(frames::settings()); }
    void on_bytes(std::string_view bytes) override {
      unread_.append(bytes);
      if (!std::exchange(has_preface_, true)) {
        unread_.erase(0, http::h2::client_preface.size());
      }
      std::string answer;
      while (unread_.size() >= http::h2::frame_header_bytes) {
        const http::h2::FrameHeader header = http::h2::read_frame_header(unread_);
        if (unread_.size() < http::h2::frame_header_bytes + header.length) {
          break;
        }
        edge_.types_.push_back(header.type);
        if (header.type == http::h2::FrameType::headers) {
          answer += edge_.script_({number_, header.stream});
        }
        unread_.erase(0, http::h2::frame_header_bytes + header.length);
      }
      connection_->send(answer);
    }
    void on_end() override {}
    void on_failure(const base::Failure& /*failure*/) override {}

   private:
    Http2Edge& edge_;
    std::size_t number_;
    std::unique_ptr<ports::Connection> connection_;
    std::string unread_;
    bool has_preface_ = false;
  };

  ports::TlsServer identity_;
  Script script_;
  std::vector<http::h2::FrameType> types_;
  std::vector<std::unique_ptr<Stream>> streams_;
  std::unique_ptr<ports::Listener> listener_;
};

std::string answer_x(const Http2Edge::Request& request) {
  return frames::headers(request.stream, {{":status", "200"}, {"etag", "\"1\""}}) +
         frames::data(request.stream, "x", frames::end_stream);
}

struct Http2Rig : Rig {
  Http2Rig() {
    network.set_protocol("h2");
    settings.concurrency = 16;
  }
  void ask(int count, std::string_view host = "a.example") {
    for (int i = 0; i < count; ++i) {
      source.requests[0].push_back(request(fmt::format("/{}", i), true, std::string(host)));
    }
  }
};

TEST(ProberHttp2, SendsEverythingOverOneConnection) {
  Http2Rig rig;
  rig.network.set_faults(edge_address(), PathFaults{.latency = 10ms});
  Http2Edge edge(rig.network, answer_x);
  rig.ask(50);
  rig.ask(50, "b.example");
  const base::Tick start = rig.network.now();
  EXPECT_EQ(rig.run(), Prober::End::finished);
  ASSERT_EQ(rig.kept.all.size(), 100U);
  for (const auto& evidence : rig.kept.all) {
    EXPECT_EQ(text(evidence), "200 wire 1 decoded 1");
    EXPECT_EQ(evidence.response()->head, "HTTP/2 200 \r\netag: \"1\"\r\n\r\n");
    EXPECT_EQ(evidence.path.shared_name, evidence.url.contains("b.example") ? "a.example" : "");
  }
  EXPECT_EQ(edge.connections(), 1U);
  EXPECT_LE(rig.network.now() - start, 300ms) << "16 under way at 20 ms each";
}

TEST(ProberHttp2, KeepsConnectionsApartThatMayNotBeShared) {
  Http2Rig rig;
  rig.network.set_covered_hosts({"a.example"});
  Http2Edge edge(rig.network, answer_x);
  rig.ask(3);
  rig.ask(3, "b.example");
  rig.run();
  EXPECT_EQ(edge.connections(), 2U);
  EXPECT_EQ(rig.prober->progress().failed, 0U);
  for (const auto& evidence : rig.kept.all) {
    EXPECT_EQ(evidence.path.shared_name, "");
  }
}

TEST(ProberHttp2, OpensOneConnectionForEachNameThoughManyAskAtOnce) {
  Http2Rig rig;
  rig.network.set_faults(edge_address(), PathFaults{.latency = 10ms});
  rig.lanes[0].sharing = manifest::Sharing::never;
  Http2Edge edge(rig.network, answer_x);
  for (const std::string_view host : {"a.example", "b.example", "c.example", "d.example"}) {
    rig.ask(4, host);
  }
  EXPECT_EQ(rig.run(), Prober::End::finished);
  EXPECT_EQ(edge.connections(), 4U);
  EXPECT_EQ(rig.kept.all.size(), 16U);
  EXPECT_EQ(rig.prober->progress().failed, 0U);
}

TEST(ProberHttp2, AsksTheOthersWhereTheConnectionThatTheyWaitedForFails) {
  Http2Rig rig;
  rig.network.set_faults(edge_address(), PathFaults{.latency = 10ms});
  rig.lanes[0].sharing = manifest::Sharing::never;
  auto edge = std::make_unique<Http2Edge>(rig.network, answer_x);
  rig.ask(2);
  rig.run();
  edge.reset();  // nobody listens any more
  rig.ask(4, "b.example");
  EXPECT_EQ(rig.run(), Prober::End::finished);
  EXPECT_EQ(rig.kept.all.size(), 6U);
  EXPECT_EQ(rig.prober->progress().failed, 4U);
}

TEST(ProberHttp2, AnswersAPingThoughItHasNothingMoreToAsk) {
  Http2Rig rig;
  Http2Edge edge(rig.network, [](const Http2Edge::Request& request) { return answer_x(request) + frames::ping(); });
  rig.ask(1);
  rig.run();
  rig.network.turn(rig.network.now() + 1ms);
  EXPECT_EQ(edge.frames_of(http::h2::FrameType::ping), 1U);
  EXPECT_GE(edge.frames_of(http::h2::FrameType::settings), 2U) << "its own, and the acknowledgement of the peer's";
}

TEST(ProberHttp2, SendsAgainWhatAGoawayLeftUndone) {
  Http2Rig rig;
  // Each connection takes two requests and no more.
  Http2Edge edge(rig.network, [](const Http2Edge::Request& request) {
    const bool is_last = request.stream == 3;
    return request.stream > 3 ? std::string()
                              : answer_x(request) + (is_last ? frames::goaway(3, http::h2::ErrorCode::no_error) : "");
  });
  rig.settings.concurrency = 4;
  rig.ask(12);
  rig.run();
  ASSERT_EQ(rig.kept.all.size(), 12U);
  EXPECT_EQ(rig.prober->progress().failed, 0U);
  EXPECT_GE(edge.connections(), 6U);
}

TEST(ProberHttp2, AbandonsAStreamAndNotItsConnection) {
  Http2Rig rig;
  rig.settings.timeout = 1s;
  Http2Edge edge(rig.network, [](const Http2Edge::Request& request) {
    return request.stream == 3 ? std::string() : answer_x(request);
  });
  rig.ask(10);
  rig.run();
  ASSERT_EQ(rig.kept.all.size(), 10U);
  EXPECT_EQ(rig.prober->progress().failed, 1U);
  EXPECT_EQ(edge.connections(), 1U);
  rig.ask(3);
  rig.run();
  EXPECT_EQ(edge.connections(), 1U);
  EXPECT_EQ(edge.frames_of(http::h2::FrameType::rst_stream), 1U);
}

TEST(ProberHttp2, FailsWhereTheManifestAsksForItAndTheEdgeDoesNotOfferIt) {
  Http2Rig rig;
  rig.network.set_protocol("");
  rig.lanes[0].http = manifest::HttpChoice::http2;
  Http2Edge edge(rig.network, answer_x);
  rig.ask(1);
  rig.run();
  EXPECT_EQ(text(rig.kept.all.at(0)),
            "tls/tls: the edge does not offer HTTP/2 (ALPN h2), which the manifest's `http` asks for");
}

}  // namespace
}  // namespace cachewitness::probe
