#include "http/head_memo.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace cachewitness::http {
namespace {

// One line a head: what was found in it, or what is wrong with it.
std::string text(const std::expected<void, HeadDefect>& parsed, const ResponseHead& head) {
  if (!parsed) {
    return std::string(name(parsed.error()));
  }
  std::string out = std::to_string(head.status) + " 1." + std::to_string(head.minor_version) + " " +
                    std::string(head.reason) + " " + std::to_string(head.size);
  for (const Field& field : head.fields) {
    out.append("|").append(field.name).append("=").append(field.value);
  }
  return out;
}

constexpr HeadLimits small{.head_bytes = 200, .fields = 5, .value_bytes = 40};

const std::string plain = "HTTP/1.1 200 OK\r\nDate: a\r\nAge:  3 \r\nContent-Length: 5\r\nVary: x\r\n\r\n";

// Heads of which each shares lines with others: repeated, changed, moved, one more, one less, broken, too large.
const std::vector<std::string> heads{
    plain,
    "HTTP/1.1 200 OK\r\nDate: b\r\nAge:  3 \r\nContent-Length: 5\r\nVary: x\r\n\r\n",
    "HTTP/1.1 200 OK\r\nDate: b\r\nAge:  3 \r\nContent-Length: 6\r\nVary: x\r\n\r\n",
    "HTTP/1.1 200 OK\r\nDate: b\r\nContent-Length: 6\r\nAge:  3 \r\nVary: x\r\n\r\n",
    "HTTP/1.1 200 OK\r\nDate: b\r\nAge:  3 \r\n\r\n",
    "HTTP/1.0 200 OK\r\nDate: a\r\nAge:  3 \r\nContent-Length: 5\r\nVary: x\r\n\r\n",
    "HTTP/1.1 304\r\nDate: a\r\nAge:  3 \r\nContent-Length: 5\r\nVary: x\r\n\r\n",
    "HTTP/1.1 200 OK\r\nDate: a\r\nAge:  3 \r\nContent-Length: 5\r\nVary: x\r\nServer: s\r\n\r\n",
    "HTTP/1.1 200 OK\r\nDate: a\r\nAge:  3 \r\nContent-Length: 5\r\nVary: x\r\nServer: s\r\nMore: m\r\n\r\n",
    "HTTP/1.1 200 OK\r\nDate: a\r\nAge:  3 \r\nContent-Length: 5\r\nVary : x\r\n\r\n",
    "HTTP/1.1 200 OK\r\nDate: a\nAge:  3 \r\n\r\n",
    "HTTP/1.1 200 OK\r\n folded\r\n\r\n",
    "HTTP/1.1 200 OK\r\nDate: 0123456789012345678901234567890123456789!\r\n\r\n",
    "HTTP/1.1 200 OK\r\nDate:\r\n\r\n",
    "HTTP/1.1 200 OK\r\nDate: a\r\nAge:  3 \r\nX: " + std::string(200, 'x') + "\r\n\r\n",
    "HTTP/1.1 200 OK\r\n\r\n",
    "HTTP/2 200 OK\r\n\r\n",
    "SSH-2.0\r\n",
    "",
};

TEST(HeadMemo, FindsWhatAParserWithoutMemoryFinds) {
  for (const std::string& first : heads) {
    for (const std::string& second : heads) {
      HeadMemo memo;
      ResponseHead remembering;
      ResponseHead fresh;
      for (const std::string& bytes : {first, second, first, second}) {
        // A head comes in pieces, of which each is looked at with what came before.
        for (const std::size_t size : {bytes.size() / 2, bytes.size()}) {
          const std::string piece = bytes.substr(0, size);
          const auto expected = parse_response_head(piece, small, fresh);
          const auto parsed = memo.parse(piece, small, remembering);
          EXPECT_EQ(text(parsed, remembering), text(expected, fresh)) << first << "then\n" << second;
        }
      }
    }
  }
}

TEST(HeadMemo, TellsWhetherTheFramingIsThatOfTheHeadBefore) {
  struct Row {
    std::string_view next;
    bool repeats;
  };
  const Row rows[] = {
      {plain, true},
      {"HTTP/1.1 200 OK\r\nDate: b\r\nAge: 9\r\nContent-Length: 5\r\nETag: y\r\n\r\n", true},
      {"HTTP/1.1 200 OK\r\nDate: a\r\nAge:  3 \r\ncontent-length: 5\r\nVary: x\r\n\r\n", false},  // as it is written
      {"HTTP/1.1 200 OK\r\nDate: a\r\nAge:  3 \r\nContent-Length: 6\r\nVary: x\r\n\r\n", false},
      {"HTTP/1.1 200 OK\r\nDate: a\r\nAge:  3 \r\nVary: x\r\n\r\n", false},
      {"HTTP/1.1 200 OK\r\nDate: a\r\nAge:  3 \r\nX: 5\r\nVary: x\r\n\r\n", false},
      {"HTTP/1.1 200 OK\r\nDate: a\r\nAge:  3 \r\nContent-Length: 5\r\nConnection: close\r\n\r\n", false},
      {"HTTP/1.1 200 OK\r\nDate: a\r\nAge:  3 \r\nContent-Length: 5\r\nContent-Encoding: br\r\n\r\n", false},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nAge:  3 \r\nContent-Length: 5\r\nVary: x\r\n\r\n", false},
      {"HTTP/1.1 200 OK\r\nDate: a\r\nAge:  3 \r\nContent-Length: 5\r\nVary: x\r\nServer: s\r\n\r\n", false},
      {"HTTP/1.0 200 OK\r\nDate: a\r\nAge:  3 \r\nContent-Length: 5\r\nVary: x\r\n\r\n", false},
      {"HTTP/1.1 204 OK\r\nDate: a\r\nAge:  3 \r\nContent-Length: 5\r\nVary: x\r\n\r\n", false},
  };
  for (const Row& row : rows) {
    HeadMemo memo;
    ResponseHead head;
    ASSERT_TRUE(memo.parse(plain, {}, head));
    EXPECT_FALSE(memo.repeats_framing());
    // Looked at before it was whole, the line that differs included.
    for (std::size_t size = 0; size < row.next.size(); ++size) {
      ASSERT_FALSE(memo.parse(row.next.substr(0, size), {}, head));
    }
    ASSERT_TRUE(memo.parse(row.next, {}, head)) << row.next;
    EXPECT_EQ(memo.repeats_framing(), row.repeats) << row.next;
    ASSERT_TRUE(memo.parse(row.next, {}, head));
    EXPECT_TRUE(memo.repeats_framing()) << row.next;
  }
}

}  // namespace
}  // namespace cachewitness::http
