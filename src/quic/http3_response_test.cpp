#include "quic/http3_response.h"

#include <gtest/gtest.h>

#include <string>

namespace cachewitness::quic {

namespace {

probe::SessionLimits small_limits() {
  probe::SessionLimits limits;
  limits.head = {.head_bytes = 100, .fields = 3, .value_bytes = 40};
  limits.body.max_bytes = 10;
  limits.interim_responses = 2;
  return limits;
}

std::string text(const Http3Response& response) {
  const base::Failure& failure = response.failure();
  return std::string(name(failure.stage)) + "/" + std::string(name(failure.cause)) + ": " + failure.detail;
}

TEST(Http3Response, WritesTheHeadAsText) {
  Http3Response response(small_limits());
  response.start();
  response.add_field(":status", "200");
  response.add_field("age", "5");
  response.add_field("x-empty", "");
  EXPECT_EQ(response.progress(), "after 32 bytes of the response head");
  response.end_head();
  EXPECT_EQ(response.stage(), base::Stage::body);
  response.take_body("hello");
  EXPECT_EQ(response.progress(), "after 5 bytes of the body");
  response.end();
  ASSERT_EQ(response.state(), Http3Response::State::complete);
  evidence::Response out;
  response.write_response(out);
  EXPECT_EQ(out.status, 200);
  EXPECT_EQ(out.head, "HTTP/3 200 \r\nage: 5\r\nx-empty: \r\n\r\n");
  EXPECT_EQ(out.body.decoded_bytes, 5U);
  EXPECT_EQ(out.body.sha256->hex(), "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
}

TEST(Http3Response, ReadsTheContentCoding) {
  Http3Response response(small_limits());
  response.start();
  response.add_field(":status", "200");
  response.add_field("content-encoding", "x-unheard-of");
  response.end_head();
  response.take_body("hello");
  response.end();
  evidence::Response out;
  response.write_response(out);
  EXPECT_FALSE(out.body.decode_error.empty());
}

TEST(Http3Response, PassesInterimResponses) {
  Http3Response response(small_limits());
  response.start();
  for (int i = 0; i < 2; ++i) {
    response.begin_head();
    response.add_field(":status", "103");
    response.add_field("link", "</a.css>");
    response.end_head();
  }
  EXPECT_EQ(response.progress(), "after 2 interim responses");
  EXPECT_EQ(response.stage(), base::Stage::head);
  response.begin_head();
  response.add_field(":status", "204");
  response.end_head();
  response.end();
  evidence::Response out;
  response.write_response(out);
  EXPECT_EQ(out.head, "HTTP/3 204 \r\n\r\n");
}

TEST(Http3Response, ForgetsTheOneBefore) {
  Http3Response response(small_limits());
  response.start();
  response.add_field(":status", "99x");
  ASSERT_EQ(response.state(), Http3Response::State::failed);
  response.start();
  response.add_field(":status", "200");
  response.end_head();
  response.end();
  EXPECT_EQ(response.state(), Http3Response::State::complete);
}

TEST(Http3Response, SaysWhatIsWrongWithAHead) {
  const std::string limit = "head/too-large: response head is over a limit: 100 bytes, 3 fields, 40 bytes a value";
  struct Row {
    std::string name;
    std::vector<std::pair<std::string, std::string>> fields;
    std::string expected;
  };
  const std::vector<Row> rows{
      {"no status", {}, "head/malformed-response: response head: no-status"},
      {"a status of two digits", {{":status", "20"}}, "head/malformed-response: response head: bad-status"},
      {"a status that is none", {{":status", "2a0"}}, "head/malformed-response: response head: bad-status"},
      {"a status below 100", {{":status", "099"}}, "head/malformed-response: response head: bad-status"},
      {"101", {{":status", "101"}}, "head/malformed-response: response head: bad-status"},
      {"two of them",
       {{":status", "200"}, {":status", "200"}},
       "head/malformed-response: response head: bad-pseudo-field"},
      {"another pseudo field", {{":path", "/"}}, "head/malformed-response: response head: bad-pseudo-field"},
      {"a line break",
       {{":status", "200"}, {"a", "b\r\nc: d"}},
       "head/malformed-response: response head: bad-field-line"},
      {"upper case", {{":status", "200"}, {"Age", "1"}}, "head/malformed-response: response head: bad-field-line"},
      {"no token", {{":status", "200"}, {"a b", "c"}}, "head/malformed-response: response head: bad-field-line"},
      {"a long value", {{":status", "200"}, {"a", std::string(41, 'v')}}, limit},
      {"many bytes", {{":status", "200"}, {"a", std::string(40, 'v')}, {"b", std::string(40, 'v')}}, limit},
      {"many fields", {{":status", "200"}, {"a", ""}, {"b", ""}, {"c", ""}, {"d", ""}}, limit},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    Http3Response response(small_limits());
    response.start();
    for (const auto& [field, value] : row.fields) {
      response.add_field(field, value);
    }
    response.end_head();
    response.take_body("x");
    response.end();
    ASSERT_EQ(response.state(), Http3Response::State::failed);
    EXPECT_EQ(text(response), row.expected);
  }
}

TEST(Http3Response, EndsWithoutAHead) {
  Http3Response response(small_limits());
  response.start();
  response.end();
  EXPECT_EQ(text(response), "head/reset: stream closed after 0 bytes of the response head");
}

TEST(Http3Response, CountsInterimResponses) {
  Http3Response response(small_limits());
  response.start();
  for (int i = 0; i < 3; ++i) {
    response.begin_head();
    response.add_field(":status", "103");
    response.end_head();
  }
  EXPECT_EQ(text(response), "head/too-large: more than 2 interim responses");
}

TEST(Http3Response, HoldsBodyAndTrailersAgainstTheLimits) {
  Http3Response response(small_limits());
  response.start();
  response.add_field(":status", "200");
  response.end_head();
  response.take_body("0123456789");
  EXPECT_EQ(response.state(), Http3Response::State::body);
  response.take_body("x");
  EXPECT_EQ(text(response), "body/too-large: body is larger than max_body_bytes (10 bytes)");
  response.start();
  response.add_field(":status", "200");
  response.end_head();
  for (int i = 0; i < 3; ++i) {
    response.add_trailer("t", std::string(40, 'v'));
  }
  EXPECT_EQ(text(response), "body/too-large: message framing: trailers-too-large");
}

}  // namespace
}  // namespace cachewitness::quic
