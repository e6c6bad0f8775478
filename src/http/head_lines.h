// What the parsers of heads share: a head's lines one after the other, and the status line.
#pragma once

#include <cstddef>
#include <expected>
#include <string_view>

#include "http/head.h"

namespace cachewitness::http {

// Each line comes without its CRLF.
class HeadLines {
 public:
  HeadLines(std::string_view bytes, const HeadLimits& limits) : bytes_(bytes), limit_(limits.head_bytes) {}

  [[nodiscard]] std::size_t consumed() const { return at_; }
  [[nodiscard]] std::string_view rest() const { return bytes_.substr(at_); }
  void skip(std::size_t bytes) { at_ += bytes; }
  // Takes `line`, CRLF included, where it comes next and within the limit.
  bool take(std::string_view line) {
    if (at_ + line.size() > limit_ || !rest().starts_with(line)) {
      return false;
    }
    at_ += line.size();
    return true;
  }

  std::expected<std::string_view, HeadDefect> next() {
    const std::size_t end = bytes_.find('\n', at_);
    if (end == std::string_view::npos) {
      return std::unexpected(bytes_.size() < limit_ ? HeadDefect::incomplete : HeadDefect::too_large);
    }
    if (end >= limit_) {
      return std::unexpected(HeadDefect::too_large);
    }
    if (end == at_ || bytes_[end - 1] != '\r') {
      return std::unexpected(HeadDefect::bare_line_feed);
    }
    const std::string_view line = bytes_.substr(at_, end - 1 - at_);
    at_ = end + 1;
    return line;
  }

 private:
  std::string_view bytes_;
  std::size_t limit_;
  std::size_t at_ = 0;
};

// Whether `bytes` may still become the head of an HTTP/1.x response. What is not HTTP (a banner, a page without a head)
// is named at once, without waiting for its first line to end.
[[nodiscard]] bool may_open_response(std::string_view bytes);
// RFC 9112 4. Sets status, version and reason.
[[nodiscard]] bool parse_status_line(std::string_view line, ResponseHead& out);

}  // namespace cachewitness::http
