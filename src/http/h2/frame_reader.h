// FrameReader: bytes of a server in, whole frames out (RFC 9113 4, 6); what frames are on their own and in which order
// they may come is checked here, what they mean to a stream is not. Content of DATA is passed on as it comes,
// everything else once it is whole. Sans-I/O. Hostile peers: buffers are bounded by one frame and one header block.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "http/h2/frame.h"

namespace cachewitness::http::h2 {

// RFC 9113 5.4.1: it ends the connection. `what` is a literal.
struct ConnectionError {
  ErrorCode code = ErrorCode::no_error;
  std::string_view what;
};

// Told from within receive(). Each returns false where nothing more is to be read.
class FrameEvents {
 public:
  virtual ~FrameEvents() = default;
  // A whole header block, its continuation included.
  virtual bool on_header_block(std::uint32_t stream, std::string_view block, bool ends_stream) = 0;
  // A DATA frame begins; `length` counts against the windows, padding included.
  virtual bool on_data_begin(std::uint32_t stream, std::uint32_t length) = 0;
  virtual bool on_data(std::uint32_t stream, std::string_view content) = 0;
  virtual bool on_data_end(std::uint32_t stream, std::uint32_t content_bytes, bool ends_stream) = 0;
  // RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE with a payload of a size that fits them; PRIORITY and frames of
  // unknown types, which mean nothing.
  virtual bool on_control(const FrameHeader& header, std::string_view payload) = 0;
};

class FrameReader {
 public:
  // CVE-2024-27316: a header block has an end.
  explicit FrameReader(std::size_t max_block_bytes) : max_block_bytes_(max_block_bytes) {}

  // A new connection.
  void start();
  // Takes all bytes; false where an event said so, or there is an error(). After that only start() may follow.
  bool receive(std::string_view bytes, FrameEvents& events);
  [[nodiscard]] const ConnectionError& error() const { return error_; }

  // The stream whose header block has begun and not ended; 0 = none.
  [[nodiscard]] std::uint32_t block_stream() const { return block_stream_; }
  [[nodiscard]] std::size_t block_bytes() const { return block_.size(); }

 private:
  enum class State : std::uint8_t { header, payload, pad_length, content, padding };

  // Each takes bytes of the front of `rest`.
  bool read_header(std::string_view& rest, FrameEvents& events);
  bool read_payload(std::string_view& rest, FrameEvents& events);
  bool read_pad_length(std::string_view& rest, FrameEvents& events);
  bool read_content(std::string_view& rest, FrameEvents& events);
  bool read_padding(std::string_view& rest, FrameEvents& events);
  bool begin_data(FrameEvents& events);
  bool end_data(FrameEvents& events);
  bool read_frame(std::string_view payload, FrameEvents& events);
  bool read_headers(std::string_view payload, FrameEvents& events);
  bool read_continuation(std::string_view payload, FrameEvents& events);
  [[nodiscard]] bool check_header();
  [[nodiscard]] bool check_size();
  bool fail(ErrorCode code, std::string_view what);

  std::size_t max_block_bytes_;
  State state_ = State::header;
  FrameHeader header_;
  std::string partial_;  // of a frame header or of a payload
  bool has_settings_ = false;
  std::uint32_t left_ = 0;     // of the content
  std::uint32_t padding_ = 0;  // left of the padding
  std::uint32_t content_bytes_ = 0;
  std::uint32_t block_stream_ = 0;
  bool block_ends_stream_ = false;
  std::uint32_t block_frames_ = 0;
  std::string block_;
  ConnectionError error_;
};

}  // namespace cachewitness::http::h2
