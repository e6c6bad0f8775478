#include "http/head.h"

#include <gtest/gtest.h>

#include <string>

#include "http/field_line.h"

namespace cachewitness::http {
namespace {

std::string response_result(std::string_view bytes, const HeadLimits& limits = {}) {
  ResponseHead head;
  const auto parsed = parse_response_head(bytes, limits, head);
  return parsed ? "ok " + std::to_string(head.status) : std::string(name(parsed.error()));
}

std::string request_result(std::string_view bytes) {
  RequestHead head;
  const auto parsed = parse_request_head(bytes, HeadLimits{}, head);
  return parsed ? std::string(head.method) + " " + std::string(head.target) : std::string(name(parsed.error()));
}

std::string with_fields(std::size_t count) {
  std::string head = "HTTP/1.1 200 OK\r\n";
  for (std::size_t i = 0; i < count; ++i) {
    head += "X-A: v\r\n";
  }
  return head + "\r\n";
}

TEST(ResponseHead, GivesStatusReasonAndFieldsAsTheyCame) {
  const std::string bytes =
      "HTTP/1.1 404 Not Found\r\nETag:\t\"a\" \r\nVary: Accept\r\nvary:Cookie\r\nX-Empty:\r\n\r\nbody";
  ResponseHead head;
  ASSERT_TRUE(parse_response_head(bytes, HeadLimits{}, head));
  EXPECT_EQ(head.status, 404);
  EXPECT_EQ(head.minor_version, 1);
  EXPECT_EQ(head.reason, "Not Found");
  EXPECT_EQ(head.size, bytes.size() - 4);
  ASSERT_EQ(head.fields.size(), 4U);
  EXPECT_EQ(head.fields[0].name, "ETag");
  EXPECT_EQ(head.find("etag"), "\"a\"");
  EXPECT_EQ(head.find("x-empty"), "");
  EXPECT_EQ(head.find("age"), std::nullopt);
  std::string joined = "left over";
  EXPECT_EQ(head.join("Vary", joined), 2U);
  EXPECT_EQ(joined, "Accept, Cookie");
  EXPECT_EQ(head.join("Age", joined), 0U);
  EXPECT_EQ(joined, "");
}

TEST(RecordedHead, MayBeOfAnyVersion) {
  const auto recorded = [](std::string_view bytes) {
    ResponseHead head;
    const auto parsed = parse_recorded_head(bytes, HeadLimits{}, head);
    return parsed ? "ok " + std::to_string(head.status) + ' ' + std::string(head.find("etag").value_or("none"))
                  : std::string(name(parsed.error()));
  };
  EXPECT_EQ(recorded("HTTP/1.1 200 OK\r\nETag: a\r\n\r\n"), "ok 200 a");
  EXPECT_EQ(recorded("HTTP/2 200 \r\netag: a\r\n\r\n"), "ok 200 a");
  EXPECT_EQ(recorded("HTTP/2 404\r\n\r\n"), "ok 404 none");
  EXPECT_EQ(recorded("HTTP/3 503 \r\netag: \"x\"\r\n\r\n"), "ok 503 \"x\"");
  for (const std::string_view bad :
       {"HTTP/2 20 \r\n\r\n", "HTTP/2 099 \r\n\r\n", "HTTP/2 2000\r\n\r\n", "HTTP/4 200 \r\n\r\n", "HTTP/2200 \r\n\r\n",
        "HTTP/2.0 200 \r\n\r\n", "HTTP/2 200 \x01\r\n\r\n"}) {
    EXPECT_EQ(recorded(bad), "bad-start-line") << bad;
  }
  EXPECT_EQ(recorded("HTTP/2 200 \r\n a: b\r\n\r\n"), "obsolete-fold");
  EXPECT_EQ(recorded("HTTP/2 200 \r\na: b\r\n"), "incomplete");
  // Off the wire it is no HTTP/1.1.
  EXPECT_EQ(response_result("HTTP/2 200 \r\n\r\n"), "bad-start-line");
}

TEST(ResponseHead, AcceptsTheSameTextWhereverInALineItStands) {
  const auto is_text = [](int byte) { return (byte >= 0x20 && byte != 0x7F) || byte == '\t'; };
  for (int byte = 0; byte < 256; ++byte) {
    for (std::size_t at = 0; at < 20; ++at) {
      std::string value(20, 'v');
      value[at] = static_cast<char>(byte);
      EXPECT_EQ(is_field_text(value), is_text(byte)) << byte << " at " << at;
      value[(at + 3) % 20] = '\t';
      value[(at + 5) % 20] = '\xFF';
      EXPECT_EQ(is_field_text(value), is_text(byte)) << byte << " at " << at << " beside others";
    }
  }
}

TEST(ResponseHead, ForgetsTheHeadBeforeIt) {
  ResponseHead head;
  ASSERT_TRUE(parse_response_head("HTTP/1.1 200 OK\r\nA: b\r\n\r\n", HeadLimits{}, head));
  ASSERT_TRUE(parse_response_head("HTTP/1.0 204\r\n\r\n", HeadLimits{}, head));
  EXPECT_EQ(head.fields.size(), 0U);
  EXPECT_EQ(head.minor_version, 0);
  EXPECT_EQ(head.reason, "");
}

TEST(ResponseHead, NamesEachDefectOfAHostilePeer) {
  using namespace std::string_view_literals;
  struct Row {
    std::string_view name;
    std::string_view input;
    std::string_view expected;
  };
  const Row rows[] = {
      {"no space after the code", "HTTP/1.1 200\r\n\r\n", "ok 200"},
      {"empty reason", "HTTP/1.1 200 \r\n\r\n", "ok 200"},
      {"Latin-1 in a value", "HTTP/1.1 200 OK\r\nX: caf\xE9\r\n\r\n", "ok 200"},
      {"tab inside a value", "HTTP/1.1 200 OK\r\nX: a\tb\r\n\r\n", "ok 200"},
      {"obs-fold", "HTTP/1.1 200 OK\r\nX: a\r\n b\r\n\r\n", "obsolete-fold"},
      {"space before the first field", "HTTP/1.1 200 OK\r\n X: a\r\n\r\n", "obsolete-fold"},
      {"NUL in a value", "HTTP/1.1 200 OK\r\nX: a\0b\r\n\r\n"sv, "bad-field-value"},
      {"ESC in a value", "HTTP/1.1 200 OK\r\nX: \x1b[31m\r\n\r\n", "bad-field-value"},
      {"DEL in a value", "HTTP/1.1 200 OK\r\nX: a\x7f\r\n\r\n", "bad-field-value"},
      {"bare CR in a value", "HTTP/1.1 200 OK\r\nX: a\rb\r\n\r\n", "bad-field-value"},
      {"bare LF after a field", "HTTP/1.1 200 OK\r\nX: a\n\r\n", "bare-line-feed"},
      {"bare LF everywhere", "HTTP/1.1 200 OK\nX: a\n\n", "bare-line-feed"},
      {"bare LF as the empty line", "HTTP/1.1 200 OK\r\n\n", "bare-line-feed"},
      {"space in a name", "HTTP/1.1 200 OK\r\nX A: v\r\n\r\n", "bad-field-name"},
      {"space before the colon", "HTTP/1.1 200 OK\r\nX-A : v\r\n\r\n", "bad-field-name"},
      {"no colon", "HTTP/1.1 200 OK\r\nnonsense\r\n\r\n", "bad-field-name"},
      {"empty name", "HTTP/1.1 200 OK\r\n: v\r\n\r\n", "bad-field-name"},
      {"HTTP/0.9 body", "<html>", "bad-start-line"},
      {"another major version", "HTTP/2.0 200 OK\r\n\r\n", "bad-start-line"},
      {"SSH banner, not a line yet", "SSH-2", "bad-start-line"},
      {"two digits", "HTTP/1.1 20 OK\r\n\r\n", "bad-start-line"},
      {"four digits", "HTTP/1.1 2000 OK\r\n\r\n", "bad-start-line"},
      {"status below 100", "HTTP/1.1 099 OK\r\n\r\n", "bad-start-line"},
      {"two spaces", "HTTP/1.1  200 OK\r\n\r\n", "bad-start-line"},
      {"ESC in the reason", "HTTP/1.1 200 \x1b[2J\r\n\r\n", "bad-start-line"},
      {"empty line first", "\r\nHTTP/1.1 200 OK\r\n\r\n", "bad-start-line"},
      {"nothing", "", "incomplete"},
      {"half a version", "HTT", "incomplete"},
      {"cut in the status line", "HTTP/1.1 200 O", "incomplete"},
      {"cut in a field", "HTTP/1.1 200 OK\r\nX: a", "incomplete"},
      {"cut before the empty line", "HTTP/1.1 200 OK\r\nX: a\r\n", "incomplete"},
      {"a defect before the cut", "HTTP/1.1 200 OK\r\nX : a\r\nY:", "bad-field-name"},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(response_result(row.input), row.expected) << row.name;
  }
}

TEST(ResponseHead, HoldsEachLimitExactly) {
  EXPECT_EQ(response_result(with_fields(200)), "ok 200");
  EXPECT_EQ(response_result(with_fields(201)), "too-large");
  EXPECT_EQ(response_result("HTTP/1.1 200 OK\r\nX: " + std::string(16 * 1024, 'v') + "\r\n\r\n"), "ok 200");
  EXPECT_EQ(response_result("HTTP/1.1 200 OK\r\nX: " + std::string(16 * 1024 + 1, 'v') + "\r\n\r\n"), "too-large");
  const std::string head = with_fields(3);
  EXPECT_EQ(response_result(head, {.head_bytes = head.size()}), "ok 200");
  EXPECT_EQ(response_result(head, {.head_bytes = head.size() - 1}), "too-large");
  EXPECT_EQ(response_result("HTTP/1.1 200 " + std::string(64 * 1024, 'x')), "too-large");
}

TEST(RequestHead, GivesMethodAndTarget) {
  struct Row {
    std::string_view name;
    std::string_view input;
    std::string_view expected;
  };
  const Row rows[] = {
      {"plain", "GET /a?b HTTP/1.1\r\nHost: h\r\n\r\n", "GET /a?b"},
      {"one empty line before it", "\r\nGET / HTTP/1.1\r\n\r\n", "GET /"},
      {"two empty lines before it", "\r\n\r\nGET / HTTP/1.1\r\n\r\n", "bad-start-line"},
      {"space in the target", "GET /a b HTTP/1.1\r\n\r\n", "bad-start-line"},
      {"no target", "GET  HTTP/1.1\r\n\r\n", "bad-start-line"},
      {"no version", "GET /\r\n\r\n", "bad-start-line"},
      {"control character", "GET /\x01 HTTP/1.1\r\n\r\n", "bad-start-line"},
      {"bad method", "G(T / HTTP/1.1\r\n\r\n", "bad-start-line"},
      {"space before the colon", "GET / HTTP/1.1\r\nHost : h\r\n\r\n", "bad-field-name"},
      {"cut", "GET / HTTP/1.1\r\nHost: h\r\n", "incomplete"},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(request_result(row.input), row.expected) << row.name;
  }
}

TEST(RequestHead, CountsTheEmptyLineBeforeIt) {
  RequestHead head;
  ASSERT_TRUE(parse_request_head("\r\nGET / HTTP/1.0\r\nA: b\r\n\r\nrest", HeadLimits{}, head));
  EXPECT_EQ(head.size, 26U);
  EXPECT_EQ(head.minor_version, 0);
  EXPECT_EQ(head.find("a"), "b");
}

}  // namespace
}  // namespace cachewitness::http
