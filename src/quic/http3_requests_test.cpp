// A server that is bytes: every frame of RFC 9114 written by hand, so that it may break any rule.
#include "quic/http3_requests.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "support/http3_frames.h"

namespace cachewitness::quic {

namespace {

using std::string_literals::operator""s;
using testing::data_frame;
using testing::frame;
using testing::headers_frame;
using testing::varint;

class FakeStreams final : public Streams {
 public:
  std::int64_t open_request_stream() override {
    if (allowed == 0) {
      return no_stream;
    }
    --allowed;
    next_request += 4;
    return next_request - 4;
  }
  std::int64_t open_control_stream() override {
    if (controls == 0) {
      return no_stream;
    }
    --controls;
    next_control += 4;
    return next_control - 4;
  }
  [[nodiscard]] std::uint64_t request_streams_left() const override { return allowed; }
  void consume(std::int64_t /*stream*/, std::size_t bytes) override { consumed += bytes; }
  void cancel(std::int64_t stream, std::uint64_t code) override { cancelled[stream] = code; }

  std::uint64_t allowed = 100;
  int controls = 3;
  std::int64_t next_request = 0;
  std::int64_t next_control = 2;
  std::size_t consumed = 0;
  std::map<std::int64_t, std::uint64_t> cancelled;
};

class Http3RequestsTest : public ::testing::Test, protected probe::SessionEvents {
 protected:
  Http3RequestsTest() { requests.start(streams); }

  void on_first_byte(probe::Exchange& exchange) override { tell(exchange, "first byte"); }
  void on_unprocessed(probe::Exchange& exchange) override { tell(exchange, "unprocessed"); }
  void on_sent(probe::Exchange& exchange) override { tell(exchange, "sent"); }
  void on_outcome(probe::Exchange& exchange) override {
    if (const auto* failure = exchange.evidence.failure(); failure != nullptr) {
      return tell(exchange,
                  std::string(name(failure->stage)) + "/" + std::string(name(failure->cause)) + ": " + failure->detail);
    }
    tell(exchange, std::to_string(exchange.evidence.response()->status));
  }
  void tell(const probe::Exchange& exchange, const std::string& what) {
    told.push_back(exchange.request.target + " " + what);
  }

  // Its stream is 4 times its number.
  probe::Exchange& begin(std::string target) {
    probe::Exchange& exchange = *exchanges.emplace_back(std::make_unique<probe::Exchange>());
    exchange.request.target = std::move(target);
    exchange.request.host = "shop.example";
    requests.begin(exchange);
    return exchange;
  }
  // What would go out, by stream. All of it is taken.
  std::map<std::int64_t, std::string> write() {
    std::map<std::int64_t, std::string> out;
    for (StreamSource::Piece piece = requests.next_piece(); piece.stream != no_stream; piece = requests.next_piece()) {
      std::size_t size = 0;
      for (std::size_t i = 0; i < piece.parts_count; ++i) {
        out[piece.stream] += piece.parts[i];
        size += piece.parts[i].size();
      }
      requests.take(piece.stream, size);
    }
    return out;
  }
  StreamEvents::Answer receive(std::int64_t stream, std::string_view bytes, bool is_end = false) {
    return requests.on_stream_bytes(stream, bytes, is_end);
  }
  StreamEvents::Answer receive_settings() { return receive(3, "\x00"s + frame(0x4, "")); }
  std::vector<std::string> take_told() { return std::exchange(told, {}); }

  FakeStreams streams;
  std::vector<std::unique_ptr<probe::Exchange>> exchanges;
  std::vector<std::string> told;
  Http3Requests requests{probe::SessionLimits{}, "cachewitness/test", *this};
};

using Told = std::vector<std::string>;

}  // namespace

TEST_F(Http3RequestsTest, KeepsRequestsUntilTheConnectionIsOpen) {
  begin("/a");
  EXPECT_TRUE(write().empty());
  EXPECT_EQ(requests.room(), 99U);
  EXPECT_FALSE(requests.on_open());
  EXPECT_EQ(take_told(), Told{"/a sent"});
  begin("/b");
  EXPECT_EQ(take_told(), Told{}) << "it went at once";
  const auto out = write();
  EXPECT_EQ(out.size(), 5U) << "control, QPACK encoder and decoder, and two requests";
  EXPECT_EQ(out.at(2).substr(0, 2), "\x00\x04"s) << "RFC 9114 6.2.1: a control stream begins with SETTINGS";
  EXPECT_NE(out.at(0).find("/a"), std::string::npos) << "no Huffman code shortens so few letters";
  EXPECT_EQ(requests.carried(), 2U);
}

TEST_F(Http3RequestsTest, ReadsAResponseInPieces) {
  begin("/a");
  requests.on_open();
  write();
  take_told();
  ASSERT_FALSE(receive_settings());
  const std::string bytes = headers_frame({{":status", "200"}, {"age", "7"}}) + data_frame("hello");
  for (const char byte : bytes) {
    ASSERT_FALSE(receive(0, {&byte, 1}));
  }
  EXPECT_EQ(requests.progress(*exchanges[0]), "after 5 bytes of the body");
  ASSERT_FALSE(receive(0, "", true));
  EXPECT_EQ(take_told(), (Told{"/a first byte", "/a 200"}));
  EXPECT_EQ(exchanges[0]->evidence.response()->head, "HTTP/3 200 \r\nage: 7\r\n\r\n");
  EXPECT_EQ(streams.consumed, bytes.size() + 3) << "the settings are three";
  EXPECT_EQ(requests.carried(), 0U);
  ASSERT_FALSE(requests.on_stream_closed(0, std::nullopt));
  EXPECT_EQ(take_told(), Told{});
}

TEST_F(Http3RequestsTest, WaitsForTheServerToAllowAStream) {
  streams.allowed = 1;
  begin("/a");
  begin("/b");
  requests.on_open();
  EXPECT_EQ(take_told(), Told{"/a sent"});
  EXPECT_EQ(requests.room(), 0U);
  EXPECT_EQ(requests.progress(*exchanges[1]), "while the server allowed no further stream");
  streams.allowed = 2;
  EXPECT_EQ(requests.room(), 1U);
  requests.on_room();
  EXPECT_EQ(take_told(), Told{"/b sent"});
}

TEST_F(Http3RequestsTest, GivesBackWhatTheServerRejects) {
  begin("/a");
  begin("/b");
  requests.on_open();
  take_told();
  requests.on_stream_reset(0, 0x10b);
  requests.on_stream_reset(4, 0x102);
  EXPECT_EQ(take_told(), (Told{"/a unprocessed",
                               "/b head/reset: stream reset by the server with H3_INTERNAL_ERROR "
                               "before any byte of a response"}));
}

TEST_F(Http3RequestsTest, SaysHowFarAResponseCameThatTheServerResets) {
  begin("/a");
  requests.on_open();
  receive_settings();
  receive(0, headers_frame({{":status", "200"}}) + data_frame("hel"));
  take_told();
  requests.on_stream_reset(0, 0x10c);
  EXPECT_EQ(take_told(),
            Told{"/a body/reset: stream reset by the server with H3_REQUEST_CANCELLED after 3 bytes of the body"});
}

TEST_F(Http3RequestsTest, GivesBackWhatComesAfterAGoaway) {
  begin("/a");
  begin("/b");
  begin("/c");
  requests.on_open();
  receive_settings();
  take_told();
  ASSERT_FALSE(receive(3, frame(0x7, varint(4))));
  EXPECT_EQ(take_told(), (Told{"/b unprocessed", "/c unprocessed"}));
  EXPECT_TRUE(requests.is_draining());
  EXPECT_EQ(requests.room(), 0U);
  receive(0, headers_frame({{":status", "200"}}), true);
  EXPECT_EQ(take_told(), (Told{"/a first byte", "/a 200"}));
}

TEST_F(Http3RequestsTest, EndsAllWithTheConnection) {
  begin("/a");
  begin("/b");
  requests.on_open();
  take_told();
  requests.end({base::Stage::head, base::FailureCause::reset, "cut"});
  EXPECT_EQ(take_told(), (Told{"/a head/reset: cut before any byte of a response",
                               "/b head/reset: cut before any byte of a response"}));
  EXPECT_EQ(requests.carried(), 0U);
  EXPECT_TRUE(requests.is_draining());
}

TEST_F(Http3RequestsTest, GivesBackWhatAKnownConnectionDidNotAnswer) {
  begin("/a");
  begin("/b");
  requests.on_open();
  receive_settings();
  receive(0, headers_frame({{":status", "200"}}));
  take_told();
  requests.end({base::Stage::head, base::FailureCause::reset, "cut"});
  EXPECT_EQ(take_told(), (Told{"/a body/reset: cut after 0 bytes of the body", "/b unprocessed"}));
}

TEST_F(Http3RequestsTest, FailsAllWhereTheHandshakeFails) {
  begin("/a");
  requests.end({base::Stage::tls, base::FailureCause::tls, "bad certificate"});
  EXPECT_EQ(take_told(), Told{"/a tls/tls: bad certificate"});
}

TEST_F(Http3RequestsTest, ForgetsWhatIsAbandoned) {
  probe::Exchange& waiting = begin("/a");
  requests.abandon(waiting);
  EXPECT_TRUE(streams.cancelled.empty());
  requests.on_open();
  receive_settings();
  probe::Exchange& sent = begin("/b");
  EXPECT_FALSE(requests.is_acknowledged(sent));
  write();
  requests.on_acknowledged(0, 10);
  EXPECT_TRUE(requests.is_acknowledged(sent));
  requests.abandon(sent);
  EXPECT_EQ(streams.cancelled.at(0), 0x10cU);
  EXPECT_FALSE(receive(0, headers_frame({{":status", "200"}}), true));
  EXPECT_EQ(take_told(), Told{});
  EXPECT_EQ(requests.carried(), 0U);
  EXPECT_EQ(requests.room(), 99U) << "the server has to allow another one";
}

TEST_F(Http3RequestsTest, CancelsAResponseThatIsOverALimit) {
  begin("/a");
  begin("/b");
  requests.on_open();
  receive_settings();
  take_told();
  EXPECT_FALSE(receive(0, headers_frame({{":status", "200"}, {"x", std::string(20'000, 'v')}})));
  EXPECT_EQ(take_told().back(),
            "/a head/too-large: response head is over a limit: 65536 bytes, 200 fields, 16384 bytes a value");
  EXPECT_EQ(streams.cancelled.count(0), 1U);
  receive(4, headers_frame({{":status", "204"}}), true);
  EXPECT_EQ(take_told(), (Told{"/b first byte", "/b 204"})) << "the other one does not suffer";
}

TEST_F(Http3RequestsTest, MeetsFieldsThatNoMessageMayHave) {
  const std::string dropped = "HTTP/3 200 \r\n\r\n";  // by nghttp3, docs/adr/0009-http3-is-optional.md
  struct Row {
    std::string name;
    std::string value;
    std::string outcome;
    std::string head;
  };
  const std::vector<Row> rows{
      {"Age", "1", "/a head/malformed-response: the response breaks a rule of HTTP/3 (H3_MESSAGE_ERROR)", ""},
      {"connection", "close", "/a head/malformed-response: the response breaks a rule of HTTP/3 (H3_MESSAGE_ERROR)",
       ""},
      {"a b", "c", "/a 200", dropped},
      {"a", "\x01", "/a head/malformed-response: response head: bad-field-line", ""},
      {"a", "b\r\nc: d", "/a 200", dropped},
      {"", "d", "/a 200", dropped},
      {"a", "\xff", "/a 200", "HTTP/3 200 \r\na: \xff\r\n\r\n"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name + ": " + row.value);
    streams = FakeStreams();
    requests.start(streams);
    const probe::Exchange& exchange = begin("/a");
    requests.on_open();
    ASSERT_FALSE(receive_settings());
    EXPECT_FALSE(receive(0, headers_frame({{":status", "200"}, {row.name, row.value}}), true));
    EXPECT_EQ(take_told().back(), row.outcome);
    EXPECT_EQ(streams.cancelled.size(), row.head.empty() ? 1U : 0U);
    if (const auto* response = exchange.evidence.response(); response != nullptr) {
      EXPECT_EQ(response->head, row.head);
    }
  }
}

TEST_F(Http3RequestsTest, EndsTheConnectionWhereTheServerBreaksARule) {
  struct Row {
    std::string name;
    std::int64_t stream;
    std::string bytes;
    std::string outcome;  // of the exchange of stream 0; none where it is not to blame
  };
  const std::string unexpected = "/a head/malformed-response: HTTP/3: ERR_H3_FRAME_UNEXPECTED";
  const std::vector<Row> rows{
      {"content before a head", 0, data_frame("x"), unexpected},
      {"a SETTINGS frame in a response", 0, frame(0x4, ""), unexpected},
      {"a second SETTINGS frame", 3, frame(0x4, ""), ""},
      {"a dynamic table that we do not have", 7, "\x02\x3f\xe1\x1f"s, ""},
      {"a reference into it", 0, frame(0x1, "\x02\x00\x80"s),
       "/a head/malformed-response: HTTP/3: ERR_QPACK_DECOMPRESSION_FAILED"},
      {"more content than announced", 0,
       headers_frame({{":status", "200"}, {"content-length", "1"}}) + data_frame("xx"),
       "/a body/malformed-response: HTTP/3: ERR_MALFORMED_HTTP_MESSAGING"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    streams = FakeStreams();
    requests.start(streams);
    begin("/a");
    requests.on_open();
    ASSERT_FALSE(receive_settings());
    take_told();
    const auto error = receive(row.stream, row.bytes);
    ASSERT_TRUE(error);
    EXPECT_GE(error->code, 0x101U);
    const Told all = take_told();
    EXPECT_EQ(all.empty() ? "" : all.back(), row.outcome);
  }
}

TEST_F(Http3RequestsTest, EndsWhereTheServerAllowsNoControlStreams) {
  streams.controls = 2;
  begin("/a");
  const auto error = requests.on_open();
  ASSERT_TRUE(error);
  EXPECT_EQ(error->detail, "HTTP/3: the server allows no control streams");
}

TEST_F(Http3RequestsTest, MayStartAgain) {
  begin("/a");
  requests.on_open();
  streams = FakeStreams();
  requests.start(streams);
  take_told();
  EXPECT_EQ(requests.carried(), 0U);
  begin("/b");
  requests.on_open();
  receive_settings();
  receive(0, headers_frame({{":status", "200"}}), true);
  EXPECT_EQ(take_told(), (Told{"/b sent", "/b first byte", "/b 200"}));
}

}  // namespace cachewitness::quic
