#include "http/body_reader.h"

#include <gtest/gtest.h>

#include <span>
#include <string>

namespace cachewitness::http {
namespace {

class Collected : public ContentSink {
 public:
  void take(std::string_view content) override { text.append(content); }
  std::string text;
};

ResponseHead response(std::string_view bytes) {
  ResponseHead head;
  EXPECT_TRUE(parse_response_head(bytes, HeadLimits{}, head)) << bytes;
  return head;
}

// "content|state|bytes left over", or the defect; `pieces` is how many bytes are fed at once.
std::string read(std::string_view message, std::size_t pieces, bool is_head_request = false) {
  const ResponseHead head = response(message);
  auto reader = BodyReader::for_response(head, is_head_request);
  if (!reader) {
    return std::string(name(reader.error()));
  }
  Collected sink;
  std::string_view rest = message.substr(head.size);
  while (!rest.empty() && !reader->is_complete()) {
    const auto fed = reader->feed(rest.substr(0, pieces), sink);
    if (!fed) {
      return std::string(name(fed.error()));
    }
    rest.remove_prefix(*fed);
  }
  const char* state = reader->is_complete() ? "complete" : reader->ends_at_close() ? "until close" : "more";
  return sink.text + "|" + state + "|" + std::string(rest);
}

struct Row {
  std::string_view name;
  std::string_view input;
  std::string_view expected;
};

// Whole and byte by byte: how the bytes were cut must never show.
void expect_rows(std::span<const Row> rows) {
  for (const Row& row : rows) {
    for (const std::size_t pieces : {std::size_t{1}, std::size_t{3}, std::string::npos}) {
      EXPECT_EQ(read(row.input, pieces), row.expected) << row.name << ", " << pieces << " bytes at once";
    }
  }
}

TEST(BodyReader, FindsTheEndOfTheContent) {
  const Row rows[] = {
      {"counted", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcd", "abc|complete|d"},
      {"counted, cut", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab", "ab|more|"},
      {"empty", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nx", "|complete|x"},
      {"equal lengths", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 3, 3\r\n\r\nabc", "abc|complete|"},
      {"no length", "HTTP/1.1 200 OK\r\n\r\nabc", "abc|until close|"},
      {"204 with a length", "HTTP/1.1 204 No\r\nContent-Length: 3\r\n\r\nabc", "|complete|abc"},
      {"304 with a length", "HTTP/1.1 304 Not\r\nContent-Length: 3\r\n\r\n", "|complete|"},
      {"103", "HTTP/1.1 103 Early\r\n\r\nHTTP", "|complete|HTTP"},
      {"chunked", "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\nx",
       "abc0123456789|complete|x"},
      {"extensions", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;a=\"b\"\r\nabc\r\n0 ;x\r\n\r\n",
       "abc|complete|"},
      {"trailers", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX: y\r\nZ: \r\n\r\n",
       "a|complete|"},
      {"leading zeros", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0001\r\na\r\n000\r\n\r\n", "a|complete|"},
      {"chunked, cut", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n", "abc|more|"},
  };
  expect_rows(rows);
}

TEST(BodyReader, NamesEachFramingDefect) {
  const Row rows[] = {
      {"lengths that differ", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n",
       "bad-content-length"},
      {"list that differs", "HTTP/1.1 200 OK\r\nContent-Length: 3, 4\r\n\r\n", "bad-content-length"},
      {"sign", "HTTP/1.1 200 OK\r\nContent-Length: +3\r\n\r\n", "bad-content-length"},
      {"negative", "HTTP/1.1 200 OK\r\nContent-Length: -3\r\n\r\n", "bad-content-length"},
      {"hexadecimal", "HTTP/1.1 200 OK\r\nContent-Length: 0x3\r\n\r\n", "bad-content-length"},
      {"empty length", "HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n", "bad-content-length"},
      {"overflow", "HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551617\r\n\r\n", "bad-content-length"},
      {"length and chunked", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
       "content-length-with-transfer-encoding"},
      {"other coding", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", "bad-transfer-encoding"},
      {"chunked twice", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
       "bad-transfer-encoding"},
      {"chunked in HTTP/1.0", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "bad-transfer-encoding"},
      {"no size", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\n", "bad-chunk-size"},
      {"size 0x3", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0x3\r\n", "bad-chunk-size"},
      {"size -1", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n", "bad-chunk-size"},
      {"size g", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\ng\r\n", "bad-chunk-size"},
      {"padding", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3 \r\n", "bad-chunk-size"},
      {"huge size", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\n", "bad-chunk-size"},
      {"endless zeros", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n00000000000000000", "bad-chunk-size"},
      {"bare LF after a size", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\nabc", "bad-chunk-size"},
      {"bare CR after a size", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\rabc", "bad-chunk-size"},
      {"size too small", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n", "bad-chunk-end"},
      {"bare LF after a chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\n0", "bad-chunk-end"},
      {"LF in an extension", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;\na", "bad-chunk-extension"},
      {"bad trailer", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX : y\r\n", "bad-trailer"},
      {"bare LF in trailers", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\n", "bad-trailer"},
  };
  expect_rows(rows);
}

TEST(BodyReader, BoundsExtensionsAndTrailers) {
  const std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  EXPECT_EQ(read(chunked + "1;" + std::string(17 * 1024, 'x'), 1000), "bad-chunk-extension");
  EXPECT_EQ(read(chunked + "1" + std::string(17 * 1024, ' '), 1000), "bad-chunk-size");
  EXPECT_EQ(read(chunked + "0\r\n" + std::string(17 * 1024, 'x'), 1000), "trailers-too-large");
  std::string many = chunked + "0\r\n";
  for (int i = 0; i < 5000; ++i) {
    many += "a: b\r\n";
  }
  EXPECT_EQ(read(many, 1000), "trailers-too-large");
}

TEST(BodyReader, ExpectsNothingAfterAHeadRequest) {
  EXPECT_EQ(read("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", 1, true), "|complete|");
  EXPECT_EQ(read("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", 1, true), "|complete|");
}

TEST(BodyReader, TakesARequestWithoutLengthForEmpty) {
  RequestHead head;
  ASSERT_TRUE(parse_request_head("GET / HTTP/1.1\r\nHost: h\r\n\r\n", HeadLimits{}, head));
  EXPECT_TRUE(BodyReader::for_request(head)->is_complete());
  ASSERT_TRUE(parse_request_head("POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\n", HeadLimits{}, head));
  auto reader = BodyReader::for_request(head);
  Collected sink;
  EXPECT_EQ(reader->feed("okGET", sink), 2U);
  EXPECT_TRUE(reader->is_complete());
  EXPECT_EQ(sink.text, "ok");
}

TEST(KeepsConnection, FollowsRfc9112Section93) {
  struct Case {
    std::string_view head;
    bool expected;
  };
  const Case cases[] = {
      {"HTTP/1.1 200 OK\r\n\r\n", true},
      {"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", false},
      {"HTTP/1.1 200 OK\r\nConnection: x-a\r\nconnection: b, CLOSE\r\n\r\n", false},
      {"HTTP/1.1 200 OK\r\nConnection: keep-alive, close\r\n\r\n", false},
      {"HTTP/1.0 200 OK\r\n\r\n", false},
      {"HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\n\r\n", true},
  };
  for (const Case& row : cases) {
    EXPECT_EQ(keeps_connection(response(row.head)), row.expected) << row.head;
  }
}

}  // namespace
}  // namespace cachewitness::http
