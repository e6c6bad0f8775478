// What lies between QUIC, which carries streams, and the protocol that fills them. Stream ids are QUIC's
// (RFC 9000 2.1). Codes are those of the application's errors.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cachewitness::quic {

constexpr std::int64_t no_stream = -1;

// The protocol was broken, or we cannot go on: the whole connection ends with `code`.
struct ConnectionError {
  std::uint64_t code = 0;
  std::string detail;  // for a person
};

// What QUIC tells the protocol above. An error that it answers with ends the connection.
class StreamEvents {
 public:
  using Answer = std::optional<ConnectionError>;

  virtual ~StreamEvents() = default;
  // The handshake is over, the certificate is good: streams may be opened.
  virtual Answer on_open() = 0;
  // The peer lets us open more request streams than before.
  virtual void on_room() = 0;
  virtual Answer on_stream_bytes(std::int64_t stream, std::string_view bytes, bool is_end) = 0;
  // The peer gives up sending on the stream.
  virtual void on_stream_reset(std::int64_t stream, std::uint64_t code) = 0;
  // Nothing follows in either direction. No code: all was said.
  virtual Answer on_stream_closed(std::int64_t stream, std::optional<std::uint64_t> code) = 0;
  virtual Answer on_acknowledged(std::int64_t stream, std::uint64_t bytes) = 0;
  // The stream may be written again after StreamSource::hold().
  virtual void on_writable(std::int64_t stream) = 0;
};

// What the protocol above has to send. Bytes stay where they are until they were acknowledged.
class StreamSource {
 public:
  struct Piece {
    std::int64_t stream = no_stream;  // nothing to send
    bool is_end = false;
    std::size_t parts_count = 0;
    std::array<std::string_view, 16> parts{};
  };

  virtual ~StreamSource() = default;
  virtual Piece next_piece() = 0;
  virtual void take(std::int64_t stream, std::size_t bytes) = 0;
  // Flow control has no room for this stream now, or never again.
  virtual void hold(std::int64_t stream) = 0;
  virtual void drop(std::int64_t stream) = 0;
};

// What the protocol above may ask of QUIC.
class Streams {
 public:
  virtual ~Streams() = default;
  // `no_stream` where the peer allows no more.
  virtual std::int64_t open_request_stream() = 0;
  virtual std::int64_t open_control_stream() = 0;
  [[nodiscard]] virtual std::uint64_t request_streams_left() const = 0;
  // The bytes were read: the peer may send as many again.
  virtual void consume(std::int64_t stream, std::size_t bytes) = 0;
  // Gives both directions up.
  virtual void cancel(std::int64_t stream, std::uint64_t code) = 0;
};

}  // namespace cachewitness::quic
