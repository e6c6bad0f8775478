#include "probe/http2_session.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "http/h2/hpack_decoder.h"
#include "support/h2_frames.h"
#include "support/h2_rig.h"

namespace cachewitness::probe {
namespace {

namespace h2 = testing::h2;
using h2::data;
using h2::describe;
using h2::end_stream;
using h2::frame;
using h2::goaway;
using h2::headers;
using h2::Rig;
using h2::settings;
using http::h2::ErrorCode;
using http::h2::FrameType;
using http::h2::Setting;

constexpr std::string_view sha256_of_hello = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

// The text of the header block of the first HEADERS frame in `sent`.
std::string first_request(std::string_view sent) {
  while (!sent.empty()) {
    const auto header = http::h2::read_frame_header(sent);
    if (header.type == FrameType::headers) {
      http::h2::HpackDecoder decoder({});
      EXPECT_TRUE(decoder.decode(sent.substr(http::h2::frame_header_bytes, header.length)));
      return std::string(decoder.text());
    }
    sent.remove_prefix(http::h2::frame_header_bytes + header.length);
  }
  return "none";
}

TEST(Http2Session, OpensWithPrefaceSettingsAndAWideWindow) {
  Rig rig;
  std::string_view sent = rig.sent;
  ASSERT_TRUE(sent.starts_with(http::h2::client_preface));
  sent.remove_prefix(http::h2::client_preface.size());
  const std::uint32_t window = 2 * (8U << 20) + 65535;
  EXPECT_EQ(sent, settings({{Setting::enable_push, 0},
                            {Setting::initial_window_size, window},
                            {Setting::max_header_list_size, (64 << 10) + 200 * 32}}) +
                      h2::window_update(0, (1U << 30) - 65535));
  EXPECT_EQ(rig.session.room(), 100U);
}

TEST(Http2Session, AsksWhatHttp1Asks) {
  Http2Settings asked;
  asked.user_agent = "cachewitness/1";
  Rig rig(asked);
  rig.take_sent();
  const HeaderLine lines[] = {{"Accept-Encoding", "gzip"}, {"Connection", "close"}, {"X-Token", " s3cret "}};
  Exchange exchange;
  exchange.request.host = "tenant.example:8443";
  exchange.request.target = "/a?b=1";
  exchange.request.headers = lines;
  rig.session.begin(exchange, rig.sent);
  EXPECT_EQ(first_request(rig.sent),
            ":method: GET\r\n:scheme: https\r\n:authority: tenant.example:8443\r\n:path: /a?b=1\r\n"
            "user-agent: cachewitness/1\r\naccept: */*\r\naccept-encoding: gzip\r\nx-token: s3cret\r\n");
  const auto header = http::h2::read_frame_header(rig.sent);
  EXPECT_EQ(header.flags, http::h2::flag::end_headers | http::h2::flag::end_stream);
  EXPECT_EQ(header.stream, 1U);
  rig.session.abandon(exchange, rig.sent);
}

TEST(Http2Session, SplitsARequestThatNoFrameHolds) {
  Rig rig;
  rig.take_sent();
  rig.begin("/" + std::string(40'000, 'p'));
  const auto first = http::h2::read_frame_header(rig.sent);
  EXPECT_EQ(first.length, 16384U);
  EXPECT_EQ(first.flags, http::h2::flag::end_stream);
  const auto second = http::h2::read_frame_header(std::string_view(rig.sent).substr(9 + 16384));
  EXPECT_EQ(second.type, FrameType::continuation);
  EXPECT_EQ(second.flags, 0);
  const auto third = http::h2::read_frame_header(std::string_view(rig.sent).substr(2 * (9 + 16384)));
  EXPECT_EQ(third.flags, http::h2::flag::end_headers);
  EXPECT_EQ(rig.sent.size(), 3U * 9 + 2 * 16384 + third.length);
}

TEST(Http2Session, GivesTheResponseAsEvidence) {
  Rig rig;
  Exchange& exchange = rig.begin();
  const std::string bytes = settings() + headers(1, {{":status", "200"}, {"etag", "\"a\""}, {"age", "7"}}) +
                            data(1, "hel") + data(1, "lo", end_stream);
  rig.take_sent();
  rig.receive(bytes);
  EXPECT_EQ(rig.take_sent(), frame(FrameType::settings, http::h2::flag::ack, 0, ""));
  ASSERT_EQ(rig.outcomes.size(), 1U);
  EXPECT_EQ(rig.first_bytes.size(), 1U);
  EXPECT_EQ(describe(exchange), "200 HTTP/2 200 \r\netag: \"a\"\r\nage: 7\r\n\r\n|5");
  EXPECT_EQ(exchange.evidence.response()->body.sha256->hex(), sha256_of_hello);
  EXPECT_EQ(rig.session.carried(), 0U);
  EXPECT_EQ(rig.session.room(), 100U);
  EXPECT_FALSE(rig.session.is_draining());
}

TEST(Http2Session, GivesTheSameHoweverTheBytesAreCut) {
  const std::string padded_head = frame(FrameType::headers, 0x8 | 0x20, 3,
                                        std::string("\x02", 1) + "12345" + h2::block({{":status", "404"}}) + "pp");
  const std::string bytes =
      settings({{Setting::max_concurrent_streams, 7}}) + headers(1, {{":status", "103"}, {"link", "</a>"}}) +
      headers(1, {{":status", "200"}}) + frame(static_cast<FrameType>(0xBE), 0xFF, 0, "whatever") + padded_head +
      frame(FrameType::continuation, h2::end_headers, 3, h2::block({{"x", "y"}})) + h2::ping() +
      frame(FrameType::data, 0x8, 1, std::string("\x03", 1) + "helppp") +
      frame(FrameType::data, 0x8, 1, std::string("\x00", 1)) +
      frame(FrameType::data, 0x8 | end_stream, 1, std::string("\x04", 1) + "lopppp") + data(3, "", end_stream);
  for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
    Rig rig;
    Exchange& first = rig.begin();
    Exchange& second = rig.begin();
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
      rig.receive(std::string_view(bytes).substr(at, piece));
    }
    ASSERT_EQ(rig.outcomes.size(), 2U) << piece;
    ASSERT_EQ(describe(first), "200 HTTP/2 200 \r\n\r\n|5");
    ASSERT_EQ(first.evidence.response()->body.sha256->hex(), sha256_of_hello);
    ASSERT_EQ(describe(second), "404 HTTP/2 404 \r\nx: y\r\n\r\n|0");
    ASSERT_EQ(rig.session.room(), 7U);
  }
}

TEST(Http2Session, CarriesManyAtOnceInAnyOrder) {
  Rig rig;
  rig.receive(settings());
  for (int i = 0; i < 100; ++i) {
    rig.begin("/" + std::to_string(i));
  }
  EXPECT_EQ(rig.session.room(), 0U);
  EXPECT_EQ(rig.session.carried(), 100U);
  for (int i = 99; i >= 0; --i) {
    const std::string number = std::to_string(i);
    rig.receive(headers(static_cast<std::uint32_t>(2 * i + 1), {{":status", "200"}, {"n", number}}, end_stream));
  }
  ASSERT_EQ(rig.outcomes.size(), 100U);
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(describe(*rig.exchanges[static_cast<std::size_t>(i)]),
              "200 HTTP/2 200 \r\nn: " + std::to_string(i) + "\r\n\r\n|0");
  }
  EXPECT_EQ(rig.session.room(), 100U);
}

TEST(Http2Session, OneSlowStreamDoesNotHoldUpTheOthers) {
  Rig rig;
  rig.receive(settings());
  Exchange& slow = rig.begin();
  rig.take_sent();
  for (int i = 0; i < 2000; ++i) {
    Exchange& exchange = rig.begin();
    const std::uint32_t id = http::h2::read_frame_header(rig.take_sent()).stream;
    rig.receive(headers(id, {{":status", "200"}}, end_stream));
    ASSERT_EQ(rig.outcomes.back(), &exchange);
  }
  EXPECT_EQ(rig.session.progress(slow), "before any byte of a response");
  rig.receive(headers(1, {{":status", "200"}}, end_stream));
  EXPECT_EQ(rig.outcomes.back(), &slow);
}

TEST(Http2Session, HonoursThePeersLimitOfStreams) {
  Rig rig;
  rig.receive(settings({{Setting::max_concurrent_streams, 2}}));
  rig.begin();
  rig.begin();
  EXPECT_EQ(rig.session.room(), 0U);
  rig.receive(headers(1, {{":status", "200"}}, end_stream));
  EXPECT_EQ(rig.session.room(), 1U);
  rig.receive(settings({{Setting::max_concurrent_streams, 0}}));
  EXPECT_EQ(rig.session.room(), 0U);
  EXPECT_FALSE(rig.session.is_draining());
}

TEST(Http2Session, ReadsTrailersAndBodiesOfNoContent) {
  Rig rig;
  Exchange& trailers = rig.begin();
  Exchange& not_modified = rig.begin();
  rig.receive(settings() + headers(1, {{":status", "200"}}) + data(1, "hello") +
              headers(1, {{"server-timing", "x"}}, end_stream) +
              headers(3, {{":status", "304"}, {"content-length", "500"}}, end_stream));
  EXPECT_EQ(describe(trailers), "200 HTTP/2 200 \r\n\r\n|5");
  EXPECT_EQ(describe(not_modified), "304 HTTP/2 304 \r\ncontent-length: 500\r\n\r\n|0");
}

TEST(Http2Session, GivesBackWhatThePeerDidNotActOn) {
  Rig rig;
  for (int i = 0; i < 4; ++i) {
    rig.begin();
  }
  rig.receive(settings() + h2::reset(3, ErrorCode::refused_stream));
  ASSERT_EQ(rig.unprocessed.size(), 1U);
  EXPECT_EQ(rig.unprocessed[0], rig.exchanges[1].get());
  EXPECT_EQ(rig.session.carried(), 3U);

  rig.receive(goaway(5, ErrorCode::no_error));
  ASSERT_EQ(rig.unprocessed.size(), 2U);
  EXPECT_EQ(rig.unprocessed[1], rig.exchanges[3].get());
  EXPECT_TRUE(rig.session.is_draining());
  EXPECT_EQ(rig.session.room(), 0U);

  rig.receive(headers(1, {{":status", "200"}}, end_stream));  // what it acts on goes on
  EXPECT_EQ(describe(*rig.exchanges[0]), "200 HTTP/2 200 \r\n\r\n|0");
  rig.receive(goaway(1, ErrorCode::enhance_your_calm));
  ASSERT_EQ(rig.unprocessed.size(), 3U);
  EXPECT_EQ(rig.session.carried(), 0U);
}

TEST(Http2Session, TellsHowAStreamOrTheConnectionEnded) {
  Rig rig;
  Exchange& reset = rig.begin();
  Exchange& in_body = rig.begin();
  Exchange& in_head = rig.begin();
  Exchange& untouched = rig.begin();
  rig.receive(settings() + h2::reset(1, ErrorCode::internal_error) + headers(3, {{":status", "200"}}) + data(3, "hel") +
              headers(5, {{":status", "103"}}));
  EXPECT_EQ(describe(reset), "reset at head: RST_STREAM INTERNAL_ERROR before any byte of a response");
  EXPECT_EQ(rig.session.stage(in_body), base::Stage::body);
  EXPECT_EQ(rig.session.progress(in_body), "after 3 bytes of the body");
  EXPECT_EQ(rig.session.stage(in_head), base::Stage::head);
  EXPECT_EQ(rig.session.progress(in_head), "after 1 interim responses");
  rig.receive(frame(FrameType::headers, 0, 7, "12345"));
  EXPECT_EQ(rig.session.progress(untouched), "after 5 bytes of the response head");
  rig.session.receive_end();
  EXPECT_EQ(describe(in_body), "reset at body: connection closed after 3 bytes of the body");
  EXPECT_EQ(describe(in_head), "reset at head: connection closed after 1 interim responses");
  EXPECT_EQ(describe(untouched), "reset at head: connection closed after 5 bytes of the response head");
  EXPECT_EQ(rig.session.carried(), 0U);
  EXPECT_TRUE(rig.session.is_draining());
  EXPECT_TRUE(rig.unprocessed.empty());
}

TEST(Http2Session, GivesBackWhatAKeptConnectionShowedNothingOf) {
  for (const bool is_kept : {false, true}) {
    Rig rig;
    rig.receive(settings());
    if (is_kept) {
      rig.begin();
      rig.receive(headers(1, {{":status", "200"}}, end_stream));
    }
    Exchange& exchange = rig.begin();
    rig.session.receive_failure({base::Stage::connect, base::FailureCause::reset, "connection reset by peer"});
    EXPECT_EQ(rig.unprocessed.size(), is_kept ? 1U : 0U);
    if (!is_kept) {
      EXPECT_EQ(describe(exchange), "reset at head: connection reset by peer before any byte of a response");
    }
  }
}

TEST(Http2Session, ForgetsWhatItGivesUpAndStaysInStep) {
  Rig rig;
  Exchange& given_up = rig.begin();
  Exchange& other = rig.begin();
  rig.receive(settings() + headers(1, {{":status", "200"}}) + data(1, "half"));
  rig.take_sent();
  rig.session.abandon(given_up, rig.sent);
  EXPECT_EQ(rig.take_sent(), h2::reset(1, ErrorCode::cancel));
  EXPECT_EQ(rig.session.carried(), 1U);
  // Late frames, among them a block that the table must see: "x: y" with indexing, then its index.
  const std::string late = frame(FrameType::headers, h2::end_headers, 1, std::string("\x40\x01x\x01y", 5));
  const std::string indexed = frame(FrameType::headers, h2::end_headers | end_stream, 3, "\x88\xbe");
  rig.receive(data(1, "late") + late + h2::reset(1, ErrorCode::cancel) + h2::window_update(1, 5) + indexed);
  ASSERT_EQ(rig.outcomes.size(), 1U);
  EXPECT_EQ(describe(other), "200 HTTP/2 200 \r\nx: y\r\n\r\n|0");
}

TEST(Http2Session, StartsAnewOnAnotherStream) {
  Rig rig;
  Exchange& lost = rig.begin();
  rig.receive(settings({{Setting::max_concurrent_streams, 1}}) +
              frame(FrameType::headers, h2::end_headers, 1, "\x88\x40\x01x\x01y"));
  rig.session.receive_end();
  EXPECT_EQ(rig.outcomes.back(), &lost);
  rig.start();
  EXPECT_EQ(rig.session.room(), 100U);
  EXPECT_FALSE(rig.session.is_draining());
  Exchange& exchange = rig.begin();
  rig.receive(settings() + frame(FrameType::headers, h2::end_headers | end_stream, 1, "\x88\xbe"));
  EXPECT_TRUE(describe(exchange).starts_with("malformed-response at head: HTTP/2 COMPRESSION_ERROR: bad-index"));
}

TEST(Http2Session, SendsOneUpdateForManyBodies) {
  Http2Settings asked;
  asked.limits.body.hash = false;
  Rig rig(asked);
  rig.receive(settings());
  rig.take_sent();
  const std::string content(16384, 'x');
  std::uint64_t received = 0;
  for (std::uint32_t id = 1; received <= (1U << 29); id += 2) {
    rig.begin();
    rig.take_sent();
    rig.receive(headers(id, {{":status", "200"}}));
    for (int i = 0; i < 500; ++i) {
      rig.receive(data(id, content));
      received += content.size();
    }
    rig.receive(data(id, "", end_stream));
  }
  EXPECT_EQ(rig.sent.size(), 13U);
  EXPECT_EQ(http::h2::read_frame_header(rig.sent).type, FrameType::window_update);
}

TEST(Http2Session, StopsABodyThatNobodyWants) {
  Http2Settings asked;
  asked.resets_after_head = true;
  Rig rig(asked);
  rig.receive(settings());
  rig.take_sent();
  Exchange& exchange = rig.begin();
  rig.take_sent();
  rig.receive(headers(1, {{":status", "200"}, {"content-length", "1000000"}}));
  EXPECT_EQ(describe(exchange), "200 HTTP/2 200 \r\ncontent-length: 1000000\r\n\r\n|0");
  EXPECT_FALSE(exchange.evidence.response()->body.sha256);
  EXPECT_EQ(rig.take_sent(), h2::reset(1, ErrorCode::cancel));
  EXPECT_EQ(rig.session.room(), 100U);

  rig.begin();
  rig.take_sent();
  rig.receive(headers(3, {{":status", "200"}, {"content-length", "5"}}));  // short: read on
  EXPECT_EQ(rig.outcomes.size(), 2U);
  EXPECT_EQ(rig.session.carried(), 0U);
  EXPECT_EQ(rig.session.room(), 99U);
  rig.receive(data(3, "hello", end_stream));
  EXPECT_EQ(rig.session.room(), 100U);
  EXPECT_EQ(rig.take_sent(), "");
}

TEST(Http2Session, ResetsNoMoreOftenThanServersBear) {
  Http2Settings asked;
  asked.resets_after_head = true;
  Rig rig(asked);
  rig.receive(settings());
  std::uint32_t id = 1;
  const auto count_resets = [&](int exchanges) {
    int resets = 0;
    for (int i = 0; i < exchanges; ++i, id += 2) {
      rig.begin();
      rig.take_sent();
      rig.receive(headers(id, {{":status", "200"}}));
      resets += rig.take_sent().empty() ? 0 : 1;
      rig.receive(data(id, "", end_stream));
    }
    return resets;
  };
  EXPECT_EQ(count_resets(80), 51);
  EXPECT_EQ(rig.session.room(), 100U);
  rig.now = rig.now + std::chrono::seconds(1);
  EXPECT_EQ(count_resets(80), 20);
  EXPECT_EQ(rig.outcomes.size(), 160U);
}

}  // namespace
}  // namespace cachewitness::probe
