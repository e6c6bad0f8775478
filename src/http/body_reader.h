// Where the content of an HTTP/1.1 message ends (RFC 9112 6), read from bytes as they come. Sans-I/O and
// without a buffer: content goes to a sink in the pieces in which it arrived. Strict: a framing that two
// parsers could read differently is a defect, never a guess. Knows nothing of content codings.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "http/head.h"

namespace cachewitness::http {

enum class FramingDefect : std::uint8_t {
  bad_content_length,                     // not a number, or values that differ
  content_length_with_transfer_encoding,  // RFC 9112 6.3: the mark of smuggling
  bad_transfer_encoding,                  // anything but one `chunked`, or any at all in HTTP/1.0 (RFC 9112 6.1)
  bad_chunk_size,
  bad_chunk_end,        // no CRLF where a chunk ends
  bad_chunk_extension,  // a control character, or more of them than anyone needs
  bad_trailer,
  trailers_too_large,
};
[[nodiscard]] std::string_view name(FramingDefect defect);

// Takes content: transfer coding removed, content coding not.
class ContentSink {
 public:
  virtual ~ContentSink() = default;
  virtual void take(std::string_view content) = 0;
};

class BodyReader {
 public:
  // A message without content.
  BodyReader() = default;

  // RFC 9112 6.3. A response to HEAD, 1xx, 204 and 304 have no content whatever their fields say.
  [[nodiscard]] static std::expected<BodyReader, FramingDefect> for_response(const ResponseHead& head,
                                                                             bool is_head_request);
  // A request without Content-Length and Transfer-Encoding has no content.
  [[nodiscard]] static std::expected<BodyReader, FramingDefect> for_request(const RequestHead& head);

  // Consumes bytes up to the end of the message and returns how many: what is left belongs to the next one.
  // After a defect the reader must not be fed again.
  std::expected<std::size_t, FramingDefect> feed(std::string_view bytes, ContentSink& sink);

  // The last byte of the message was fed. Never true where the message ends at the close.
  [[nodiscard]] bool is_complete() const { return state_ == State::complete; }
  // The message has no other end than the end of the stream: RFC 9112 6.3 rule 8.
  [[nodiscard]] bool ends_at_close() const { return state_ == State::until_close; }

 private:
  enum class State : std::uint8_t {
    complete,
    counted,
    until_close,
    chunk_size_first,  // at least one digit is due
    chunk_size,
    chunk_padding,  // RFC 9112 7.1.1: white space before an extension
    chunk_extension,
    chunk_line_feed,
    chunk_data,
    chunk_end_return,
    chunk_end_line_feed,
    trailer,
  };

  template <typename Head>
  static std::expected<BodyReader, FramingDefect> for_message(const Head& head, State without_length);
  std::expected<void, FramingDefect> feed_size_line(char c);
  std::expected<void, FramingDefect> feed_chunk_end(char c);
  std::expected<void, FramingDefect> feed_trailer(char c);

  State state_ = State::complete;
  std::uint64_t left_ = 0;             // bytes of the content or of the chunk
  std::uint32_t size_digits_ = 0;      // of the chunk
  std::uint32_t extension_bytes_ = 0;  // of the whole message
  std::uint32_t trailer_bytes_ = 0;
  std::string trailer_line_;
};

// RFC 9112 9.3: whether the connection may carry another message after this one.
[[nodiscard]] bool keeps_connection(const ResponseHead& head);
[[nodiscard]] bool keeps_connection(const RequestHead& head);

}  // namespace cachewitness::http
