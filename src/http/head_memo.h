// HeadMemo: the lines of a peer's last response head. The next head mostly repeats them byte for byte, and a line that
// was found good is not looked at again: nothing but its bytes decides that. Sans-I/O.
#pragma once

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "http/head.h"

namespace cachewitness::http {

class HeadMemo {
 public:
  // parse_response_head(), which it may not be told from but for its speed. Requires: always the same limits.
  [[nodiscard]] std::expected<void, HeadDefect> parse(std::string_view bytes, const HeadLimits& limits,
                                                      ResponseHead& out);
  // Whether the head that was parsed last frames its message as the one before it did: the same status line and the
  // same Content-Length, Transfer-Encoding, Connection and Content-Encoding. False for the first.
  [[nodiscard]] bool repeats_framing() const { return repeats_framing_; }

 private:
  struct Line {
    std::string bytes;  // with its CRLF
    std::size_t name_size = 0;
    std::size_t value_at = 0;
    std::size_t value_size = 0;
    bool is_framing = false;
  };

  void replace(std::size_t index, std::string_view line, const Field& field);

  std::string status_line_;
  std::vector<Line> lines_;
  std::size_t count_ = 0;             // of the last whole head's
  bool has_framing_changed_ = false;  // since then
  bool repeats_framing_ = false;
};

}  // namespace cachewitness::http
