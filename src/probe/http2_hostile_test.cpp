// Each defect of RFC 9113 that a peer can show: which failure it makes, and whether the connection survives it.
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "support/h2_frames.h"
#include "support/h2_rig.h"

namespace cachewitness::probe {
namespace {

namespace h2 = testing::h2;
using h2::data;
using h2::describe;
using h2::end_headers;
using h2::end_stream;
using h2::frame;
using h2::goaway;
using h2::headers;
using h2::Rig;
using h2::settings;
using http::h2::ErrorCode;
using http::h2::FrameType;
using http::h2::Setting;

Http2Settings small_limits() {
  Http2Settings asked;
  asked.limits.head = {.head_bytes = 4096, .fields = 20, .value_bytes = 64};
  asked.limits.body.max_bytes = 1000;
  return asked;
}

std::string repeated(const std::string& bytes, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) {
    out += bytes;
  }
  return out;
}

std::string ok(std::uint32_t stream, std::uint8_t more_flags = 0) {
  return headers(stream, {{":status", "200"}}, more_flags);
}

struct Row {
  std::string_view name;
  std::string bytes;
  std::string_view outcome;
};

TEST(Http2Hostile, AMalformedMessageEndsItsStreamAlone) {
  const std::string content_length = headers(1, {{":status", "200"}, {"content-length", "5"}});
  const std::vector<Row> rows{
      {"no status", headers(1, {{"server", "x"}}), "malformed-response at head: response head: no-status"},
      {"no fields", headers(1, {}), "malformed-response at head: response head: no-status"},
      {"status of two digits", headers(1, {{":status", "20"}}),
       "malformed-response at head: response head: bad-status"},
      {"status of letters", headers(1, {{":status", "2x0"}}), "malformed-response at head: response head: bad-status"},
      {"status below 100", headers(1, {{":status", "099"}}), "malformed-response at head: response head: bad-status"},
      {"status twice", headers(1, {{":status", "200"}, {":status", "200"}}),
       "malformed-response at head: response head: bad-pseudo-field"},
      {"a pseudo-field of requests", headers(1, {{":status", "200"}, {":path", "/"}}),
       "malformed-response at head: response head: bad-pseudo-field"},
      {"an unknown pseudo-field first", headers(1, {{":what", "x"}, {":status", "200"}}),
       "malformed-response at head: response head: bad-pseudo-field"},
      {"status after a field", headers(1, {{"server", "x"}, {":status", "200"}}),
       "malformed-response at head: response head: no-status"},
      {"upper case", headers(1, {{":status", "200"}, {"Server", "x"}}),
       "malformed-response at head: response head: bad-field-name"},
      {"a space in a name", headers(1, {{":status", "200"}, {"ser ver", "x"}}),
       "malformed-response at head: response head: bad-field-name"},
      {"a line break in a value", headers(1, {{":status", "200"}, {"a", "b\r\nc: d"}}),
       "malformed-response at head: response head: bad-field-value"},
      {"a space around a value", headers(1, {{":status", "200"}, {"a", "b "}}),
       "malformed-response at head: response head: bad-field-value"},
      {"connection", headers(1, {{":status", "200"}, {"connection", "close"}}),
       "malformed-response at head: response head: connection-specific-field"},
      {"keep-alive", headers(1, {{":status", "200"}, {"keep-alive", "timeout=5"}}),
       "malformed-response at head: response head: connection-specific-field"},
      {"proxy-connection", headers(1, {{":status", "200"}, {"proxy-connection", "close"}}),
       "malformed-response at head: response head: connection-specific-field"},
      {"transfer-encoding", headers(1, {{":status", "200"}, {"transfer-encoding", "chunked"}}),
       "malformed-response at head: response head: connection-specific-field"},
      {"upgrade", headers(1, {{":status", "200"}, {"upgrade", "h2c"}}),
       "malformed-response at head: response head: connection-specific-field"},
      {"content-length is no number", headers(1, {{":status", "200"}, {"content-length", "5x"}}),
       "malformed-response at head: response head: bad-content-length"},
      {"content-length is negative", headers(1, {{":status", "200"}, {"content-length", "-1"}}),
       "malformed-response at head: response head: bad-content-length"},
      {"content-lengths that differ",
       headers(1, {{":status", "200"}, {"content-length", "5"}, {"content-length", "6"}}),
       "malformed-response at head: response head: bad-content-length"},
      {"101", headers(1, {{":status", "101"}}), "malformed-response at head: 101, which HTTP/2 does not have"},
      {"an interim response that is all", headers(1, {{":status", "103"}}, end_stream),
       "malformed-response at head: an interim response that ends the stream"},
      {"11 interim responses", repeated(headers(1, {{":status", "103"}}), 11),
       "too-large at head: more than 10 interim responses"},
      {"DATA first", data(1, "x"), "malformed-response at head: DATA before the response head"},
      {"less content than content-length", content_length + data(1, "four", end_stream),
       "malformed-response at body: message framing: 4 bytes of content, content-length is 5"},
      {"no content in spite of content-length", headers(1, {{":status", "200"}, {"content-length", "5"}}, end_stream),
       "malformed-response at body: message framing: 0 bytes of content, content-length is 5"},
      {"more content than content-length", content_length + data(1, "sixsix"),
       "malformed-response at body: message framing: more content than content-length, 5 bytes"},
      {"content of a 204", headers(1, {{":status", "204"}}) + data(1, "x"),
       "malformed-response at body: message framing: content in a response 204"},
      {"content of a 304", headers(1, {{":status", "304"}}) + data(1, "x", end_stream),
       "malformed-response at body: message framing: content in a response 304"},
      {"a second head", ok(1) + ok(1), "malformed-response at body: a second response head"},
      {"a pseudo-field in trailers", ok(1) + ok(1, end_stream),
       "malformed-response at body: trailers: bad-pseudo-field"},
      {"upper case in trailers", ok(1) + headers(1, {{"A", "b"}}, end_stream),
       "malformed-response at body: trailers: bad-field-name"},
      {"a connection's field in trailers", ok(1) + headers(1, {{"connection", "b"}}, end_stream),
       "malformed-response at body: trailers: connection-specific-field"},
      {"a window update of nothing", h2::window_update(1, 0), "malformed-response at head: WINDOW_UPDATE of nothing"},
      {"a value over its limit", headers(1, {{":status", "200"}, {"a", std::string(65, 'x')}}),
       "too-large at head: response head is over a limit: 4096 bytes, 20 fields, 64 bytes a value"},
      {"fields over their limit", frame(FrameType::headers, end_headers, 1, std::string(21, '\x88')),
       "too-large at head: response head is over a limit: 4096 bytes, 20 fields, 64 bytes a value"},
      {"a body over its limit", ok(1) + data(1, std::string(1001, 'x')),
       "too-large at body: body is larger than max_body_bytes (1000 bytes)"},
      {"a reset", ok(1) + h2::reset(1, ErrorCode::no_error),
       "reset at body: RST_STREAM NO_ERROR after 0 bytes of the body"},
      {"a reset of a new kind", h2::reset(1, static_cast<ErrorCode>(99)),
       "reset at head: RST_STREAM unknown error code before any byte of a response"}};
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    Rig rig(small_limits());
    Exchange& hit = rig.begin();
    Exchange& other = rig.begin();
    rig.receive(settings() + row.bytes);
    ASSERT_EQ(rig.outcomes.size(), 1U);
    EXPECT_EQ(describe(hit), row.outcome);
    EXPECT_EQ(rig.session.carried(), 1U);
    rig.receive(headers(3, {{":status", "200"}}, end_stream));
    EXPECT_EQ(describe(other), "200 HTTP/2 200 \r\n\r\n|0");
    EXPECT_EQ(rig.session.room(), 100U);
  }
}

TEST(Http2Hostile, ABrokenConnectionEndsAllThatItCarries) {
  const std::vector<Row> rows{
      {"HTTP/1", "HTTP/1.1 400 Bad Request\r\n\r\n", "PROTOCOL_ERROR: the server answers in HTTP/1"},
      {"no SETTINGS", ok(1, end_stream), "PROTOCOL_ERROR: the server does not begin with SETTINGS"},
      {"an acknowledgement first", frame(FrameType::settings, 1, 0, ""),
       "PROTOCOL_ERROR: the server does not begin with SETTINGS"},
      {"a frame too large", settings() + data(1, std::string(16385, 'x')),
       "FRAME_SIZE_ERROR: a frame of more than 16384 bytes"},
      {"SETTINGS on a stream", settings() + frame(FrameType::settings, 0, 1, ""),
       "PROTOCOL_ERROR: SETTINGS on a stream"},
      {"SETTINGS of five bytes", settings() + frame(FrameType::settings, 0, 0, "12345"),
       "FRAME_SIZE_ERROR: SETTINGS of a wrong size"},
      {"an acknowledgement with values", settings() + frame(FrameType::settings, 1, 0, "123456"),
       "FRAME_SIZE_ERROR: SETTINGS of a wrong size"},
      {"push allowed", settings({{Setting::enable_push, 1}}), "PROTOCOL_ERROR: SETTINGS_ENABLE_PUSH of a server"},
      {"a window too large", settings({{Setting::initial_window_size, 0x80000000}}),
       "FLOW_CONTROL_ERROR: SETTINGS_INITIAL_WINDOW_SIZE above 2^31-1"},
      {"frames too small", settings({{Setting::max_frame_size, 16383}}),
       "PROTOCOL_ERROR: SETTINGS_MAX_FRAME_SIZE out of range"},
      {"PUSH_PROMISE", settings() + frame(FrameType::push_promise, end_headers, 1, "\x00\x00\x00\x02"),
       "PROTOCOL_ERROR: PUSH_PROMISE, which we do not allow"},
      {"PING on a stream", settings() + frame(FrameType::ping, 0, 1, "12345678"), "PROTOCOL_ERROR: PING on a stream"},
      {"a short PING", settings() + frame(FrameType::ping, 0, 0, "1234567"),
       "FRAME_SIZE_ERROR: PING is not 8 bytes long"},
      {"GOAWAY on a stream", settings() + frame(FrameType::goaway, 0, 1, "12345678"),
       "PROTOCOL_ERROR: GOAWAY on a stream"},
      {"a short GOAWAY", settings() + frame(FrameType::goaway, 0, 0, "1234567"),
       "FRAME_SIZE_ERROR: GOAWAY of less than 8 bytes"},
      {"RST_STREAM of nothing", settings() + h2::reset(0, ErrorCode::cancel),
       "PROTOCOL_ERROR: RST_STREAM without a stream"},
      {"a short RST_STREAM", settings() + frame(FrameType::rst_stream, 0, 1, "123"),
       "FRAME_SIZE_ERROR: RST_STREAM is not 4 bytes long"},
      {"RST_STREAM of the future", settings() + h2::reset(5, ErrorCode::cancel),
       "PROTOCOL_ERROR: RST_STREAM of a stream that nobody opened"},
      {"a short WINDOW_UPDATE", settings() + frame(FrameType::window_update, 0, 0, "123"),
       "FRAME_SIZE_ERROR: WINDOW_UPDATE is not 4 bytes long"},
      {"WINDOW_UPDATE of the future", settings() + h2::window_update(5, 1),
       "PROTOCOL_ERROR: WINDOW_UPDATE of a stream that nobody opened"},
      {"an empty WINDOW_UPDATE", settings() + h2::window_update(0, 0), "PROTOCOL_ERROR: WINDOW_UPDATE of nothing"},
      {"DATA on no stream", settings() + data(0, "x"), "PROTOCOL_ERROR: DATA or HEADERS without a stream"},
      {"HEADERS on no stream", settings() + ok(0), "PROTOCOL_ERROR: DATA or HEADERS without a stream"},
      {"PRIORITY of no stream", settings() + frame(FrameType::priority, 0, 0, "12345"),
       "PROTOCOL_ERROR: PRIORITY without a stream"},
      {"HEADERS of the future", settings() + ok(5), "PROTOCOL_ERROR: HEADERS on a stream that nobody opened"},
      {"DATA of the future", settings() + data(5, "x"), "PROTOCOL_ERROR: DATA on a stream that nobody opened"},
      {"a stream of the server's", settings() + ok(2), "PROTOCOL_ERROR: HEADERS on a stream that nobody opened"},
      {"padding without room", settings() + frame(FrameType::data, 0x8, 1, ""),
       "FRAME_SIZE_ERROR: a padded frame without room for its padding"},
      {"more padding than HEADERS", settings() + frame(FrameType::headers, 0x8 | end_headers, 1, "\x03xx"),
       "PROTOCOL_ERROR: more padding than frame"},
      {"priority without room", settings() + frame(FrameType::headers, 0x20 | end_headers, 1, "1234"),
       "FRAME_SIZE_ERROR: HEADERS without room for its priority"},
      {"a header block cut short", settings() + frame(FrameType::headers, 0, 1, "\x88") + ok(3),
       "PROTOCOL_ERROR: a header block without its CONTINUATION"},
      {"CONTINUATION of another stream",
       settings() + frame(FrameType::headers, 0, 1, "\x88") + frame(FrameType::continuation, 4, 3, ""),
       "PROTOCOL_ERROR: CONTINUATION of no header block"},
      {"CONTINUATION of nothing", settings() + frame(FrameType::continuation, 4, 1, "\x88"),
       "PROTOCOL_ERROR: CONTINUATION of no header block"},
      {"an index of nothing", settings() + frame(FrameType::headers, end_headers, 1, "\xff\x7f"),
       "COMPRESSION_ERROR: bad-index"}};
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    Rig rig(small_limits());
    rig.begin();
    rig.begin();
    rig.take_sent();
    rig.receive(row.bytes);
    ASSERT_EQ(rig.outcomes.size(), 2U);
    for (const auto& exchange : rig.exchanges) {
      const std::string told = describe(*exchange);
      EXPECT_TRUE(told.starts_with("malformed-response at head: HTTP/2 " + std::string(row.outcome))) << told;
    }
    const std::string sent = rig.take_sent();
    ASSERT_GE(sent.size(), 17U);
    EXPECT_EQ(http::h2::read_frame_header(std::string_view(sent).substr(sent.size() - 17)).type, FrameType::goaway);
    EXPECT_TRUE(rig.session.is_draining());
    EXPECT_EQ(rig.session.carried(), 0U);
    rig.receive(settings() + ok(1, end_stream) + "whatever");  // nobody listens any more
    EXPECT_EQ(rig.outcomes.size(), 2U);
    EXPECT_EQ(rig.take_sent(), "");
  }
}

TEST(Http2Hostile, WhatBringsNoAnswerNearerHasAnEnd) {
  const std::string calm = "too-large at head: HTTP/2 ENHANCE_YOUR_CALM: too many frames that bring no answer nearer,";
  const struct {
    std::string_view name;
    std::string bytes;
  } rows[] = {{"PING", h2::ping()},
              {"PING acknowledgements", frame(FrameType::ping, 1, 0, "12345678")},
              {"SETTINGS", settings()},
              {"SETTINGS acknowledgements", frame(FrameType::settings, 1, 0, "")},
              {"PRIORITY", frame(FrameType::priority, 0, 1, "12345")},
              {"WINDOW_UPDATE", h2::window_update(0, 1)},
              {"unknown frames", frame(static_cast<FrameType>(0x20), 0, 0, "")},
              {"resets of a finished stream", h2::reset(1, ErrorCode::cancel)},
              {"heads of a finished stream", ok(1, end_stream)},
              {"empty DATA", data(3, "")},
              {"DATA of nothing but padding", frame(FrameType::data, 0x8, 3, "\x01x")},
              {"crumbs of a finished stream", data(1, "x")}};
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    Rig rig;
    rig.begin();
    Exchange& waiting = rig.begin();
    rig.receive(settings() + ok(1, end_stream) + ok(3));
    const std::string flood = repeated(row.bytes, 900);
    rig.receive(flood);
    EXPECT_EQ(rig.outcomes.size(), 1U);
    rig.receive(flood);
    ASSERT_EQ(rig.outcomes.size(), 2U);
    std::string told = describe(waiting);
    told.replace(told.find("body"), 4, "head");
    EXPECT_TRUE(told.starts_with(calm)) << told;
  }
}

TEST(Http2Hostile, PaddingFitsItsFrame) {
  Rig rig;
  Exchange& exchange = rig.begin();
  rig.receive(settings() + ok(1) + frame(FrameType::data, 0x8, 1, "\x02x"));
  EXPECT_EQ(describe(exchange),
            "malformed-response at body: HTTP/2 PROTOCOL_ERROR: more padding than frame, after 0 bytes of the body");
}

TEST(Http2Hostile, AHeaderBlockHasAnEnd) {
  for (const std::string& piece : {std::string(1000, 'x'), std::string()}) {
    Rig rig(small_limits());
    Exchange& exchange = rig.begin();
    rig.receive(settings() + frame(FrameType::headers, 0, 1, "\x88") +
                repeated(frame(FrameType::continuation, 0, 1, piece), 40));
    const std::string told = describe(exchange);
    EXPECT_TRUE(told.starts_with("too-large at head: HTTP/2 ENHANCE_YOUR_CALM: a header block without end")) << told;
  }
}

TEST(Http2Hostile, NobodySendsMoreThanTheWindowAllows) {
  Rig rig(small_limits());  // of 2 * 1000 + 65535 bytes a stream
  Exchange& exchange = rig.begin();
  rig.receive(settings() + ok(1));
  const std::string padding = frame(FrameType::data, 0x8, 1, std::string("\xff") + "x" + std::string(255, 'p'));
  rig.receive(repeated(padding, 67535 / 257));
  EXPECT_TRUE(rig.outcomes.empty());
  rig.receive(padding);
  EXPECT_EQ(describe(exchange), "malformed-response at body: more DATA than the window of the stream");
}

TEST(Http2Hostile, AnIgnoredBodyThatFillsItsWindowIsStopped) {
  Http2Settings asked = small_limits();
  asked.resets_after_head = true;
  Rig rig(asked);
  rig.receive(settings());
  for (int i = 0; i < 51; ++i) {  // uses up the burst
    rig.begin();
    rig.receive(ok(static_cast<std::uint32_t>(2 * i + 1)));
  }
  rig.begin();
  rig.receive(ok(103));
  EXPECT_EQ(rig.session.room(), 99U);
  rig.take_sent();
  const std::string content = data(103, std::string(16384, 'x'));
  rig.receive(repeated(content, 4) + data(103, std::string(67535 - 4 * 16384, 'x')));
  EXPECT_EQ(rig.session.room(), 100U);
  EXPECT_EQ(rig.take_sent(), h2::reset(103, ErrorCode::cancel));
}

TEST(Http2Hostile, AnsweringManyPingsIsFineAsLongAsAnswersCome) {
  Rig rig;
  rig.receive(settings());
  for (std::uint32_t id = 1; id < 2000; id += 2) {
    rig.begin();
    rig.receive(repeated(h2::ping(), 9) + ok(id, end_stream));
  }
  EXPECT_EQ(rig.outcomes.size(), 1000U);
  EXPECT_FALSE(rig.session.is_draining());
}

}  // namespace
}  // namespace cachewitness::probe
