// Frames of HTTP/2 (RFC 9113 4.1, 6, 7): numbers, names, and how they are written. Sans-I/O.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace cachewitness::http::h2 {

enum class FrameType : std::uint8_t {
  data = 0,
  headers = 1,
  priority = 2,
  rst_stream = 3,
  settings = 4,
  push_promise = 5,
  ping = 6,
  goaway = 7,
  window_update = 8,
  continuation = 9,
};

namespace flag {
constexpr std::uint8_t ack = 0x1;
constexpr std::uint8_t end_stream = 0x1;
constexpr std::uint8_t end_headers = 0x4;
constexpr std::uint8_t padded = 0x8;
constexpr std::uint8_t priority = 0x20;
}  // namespace flag

// RFC 9113 7.
enum class ErrorCode : std::uint32_t {
  no_error = 0,
  protocol_error = 1,
  internal_error = 2,
  flow_control_error = 3,
  settings_timeout = 4,
  stream_closed = 5,
  frame_size_error = 6,
  refused_stream = 7,
  cancel = 8,
  compression_error = 9,
  connect_error = 10,
  enhance_your_calm = 11,
  inadequate_security = 12,
  http_1_1_required = 13,
};
// As the RFC writes it, "PROTOCOL_ERROR"; "unknown error code" for any other.
[[nodiscard]] std::string_view name(ErrorCode code);

// RFC 9113 6.5.2.
enum class Setting : std::uint16_t {
  header_table_size = 1,
  enable_push = 2,
  max_concurrent_streams = 3,
  initial_window_size = 4,
  max_frame_size = 5,
  max_header_list_size = 6,
};

constexpr std::size_t frame_header_bytes = 9;
constexpr std::size_t default_max_frame_bytes = 16384;  // RFC 9113 6.5.2: ours, as we announce no other
constexpr std::uint32_t max_window_bytes = 0x7FFFFFFF;  // RFC 9113 6.9.1
constexpr std::uint32_t default_window_bytes = 65535;   // RFC 9113 6.9.2
constexpr std::uint32_t max_stream_id = 0x7FFFFFFF;
constexpr std::string_view client_preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";  // RFC 9113 3.4

struct FrameHeader {
  std::uint32_t length = 0;
  FrameType type = FrameType::data;  // any byte: unknown types are not enumerators
  std::uint8_t flags = 0;
  std::uint32_t stream = 0;

  [[nodiscard]] bool has(std::uint8_t flag) const { return (flags & flag) != 0; }
};

// Big-endian numbers. Requires: as many bytes.
[[nodiscard]] std::uint16_t read_u16(std::string_view bytes);
[[nodiscard]] std::uint32_t read_u32(std::string_view bytes);
// Requires: frame_header_bytes bytes. The reserved bit is ignored.
[[nodiscard]] FrameHeader read_frame_header(std::string_view bytes);

void append_u32(std::uint32_t value, std::string& out);
void append_frame_header(const FrameHeader& header, std::string& out);
// One entry of a SETTINGS frame's payload.
void append_setting(Setting setting, std::uint32_t value, std::string& out);
void append_window_update(std::uint32_t stream, std::uint32_t increment, std::string& out);
void append_rst_stream(std::uint32_t stream, ErrorCode code, std::string& out);
// A client that accepts no push has seen no stream of the peer's.
void append_goaway(ErrorCode code, std::string& out);

// The header block that begins at `begin` in `out` is made a HEADERS frame of a request without content, and
// CONTINUATION frames where one does not hold it (RFC 9113 4.3). Requires: frame_header_bytes of room before the block.
void close_headers(std::uint32_t stream, std::size_t begin, std::string& out);

}  // namespace cachewitness::http::h2
