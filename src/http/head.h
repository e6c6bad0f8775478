// The head of an HTTP/1.1 message: start line and fields as views into raw bytes that are kept as evidence.
// Sans-I/O. Strict (RFC 9112): a defect is named, never skipped.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cachewitness::http {

// One field line. `name` as it came (compare it with base::equals_ignoring_case); `value` without the
// white space around it.
struct Field {
  std::string_view name;
  std::string_view value;
};

// Limits against hostile peers. Bytes count the whole head; see the manifest's `limits`.
struct HeadLimits {
  std::size_t head_bytes = 64 * 1024;
  std::size_t fields = 200;
  std::size_t value_bytes = 16 * 1024;
};

enum class HeadDefect : std::uint8_t {
  incomplete,  // no empty line yet: feed more bytes, unless the peer has closed
  too_large,
  bad_start_line,
  bad_field_name,   // RFC 9110 5.6.2: not a token, or white space before the colon (RFC 9112 5.1)
  bad_field_value,  // RFC 9110 5.5: a control character
  obsolete_fold,    // RFC 9112 5.2
  bare_line_feed,   // RFC 9112 2.2
};
[[nodiscard]] std::string_view name(HeadDefect defect);

struct ResponseHead {
  int status = 0;
  int minor_version = 1;
  std::string_view reason;
  std::vector<Field> fields;
  std::size_t size = 0;  // bytes of the head, empty line included

  // The first field of that name; nothing where there is none.
  [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;
  // RFC 9110 5.3: all of that name joined by ", ". Returns how many lines there were.
  std::size_t join(std::string_view name, std::string& out) const;
};

struct RequestHead {
  std::string_view method;
  std::string_view target;
  int minor_version = 1;
  std::vector<Field> fields;
  std::size_t size = 0;

  [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;
};

// Views point into `bytes`. Reuses the capacity of `out`: no allocation in steady state.
[[nodiscard]] std::expected<void, HeadDefect> parse_response_head(std::string_view bytes, const HeadLimits& limits,
                                                                  ResponseHead& out);
// A head as evidence keeps it: an HTTP/1.x head as it came, or field lines under "HTTP/2 200 " or "HTTP/3 200 ",
// since those versions have no status line of their own. Nothing of the kind is taken off the wire.
[[nodiscard]] std::expected<void, HeadDefect> parse_recorded_head(std::string_view bytes, const HeadLimits& limits,
                                                                  ResponseHead& out);
[[nodiscard]] std::expected<void, HeadDefect> parse_request_head(std::string_view bytes, const HeadLimits& limits,
                                                                 RequestHead& out);

}  // namespace cachewitness::http
