#include "http/retry_after.h"

#include <gtest/gtest.h>

namespace cachewitness::http {
namespace {

using namespace std::chrono_literals;

std::optional<base::Duration> read(std::string_view line) {
  // Sun, 06 Nov 1994 08:49:37 GMT
  const base::Instant received_at{784'111'777'000'000'000};
  return read_retry_after("HTTP/1.1 429 Too Many Requests\r\n" + std::string(line) + "\r\n", received_at);
}

TEST(RetryAfter, ReadsSecondsAndDates) {
  EXPECT_EQ(read("Retry-After: 120\r\n"), 120s);
  EXPECT_EQ(read("retry-after: 0\r\n"), 0s);
  EXPECT_EQ(read("Retry-After: Sun, 06 Nov 1994 08:50:07 GMT\r\n"), 30s);
  EXPECT_EQ(read("Retry-After: Sun, 06 Nov 1994 08:00:00 GMT\r\n"), 0s) << "a moment that has passed";
}

TEST(RetryAfter, IsNothingWhereItIsAbsentOrNeither) {
  EXPECT_EQ(read(""), std::nullopt);
  EXPECT_EQ(read("Retry-After: soon\r\n"), std::nullopt);
  EXPECT_EQ(read("Retry-After: -1\r\n"), std::nullopt);
}

TEST(RetryAfter, IsADayAtMost) {
  EXPECT_EQ(read("Retry-After: 99999999999\r\n"), 24h);
  EXPECT_EQ(read("Retry-After: Sun, 06 Nov 2094 08:00:00 GMT\r\n"), 24h);
}

}  // namespace
}  // namespace cachewitness::http
