// ContentDecoder: removes one content coding (RFC 9110 8.4.1, RFC 9659) from bytes as they come. Peer bytes:
// output goes to a sink that may stop it at any time, so that a bomb costs no more than one small buffer.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "http/content_encoding.h"

namespace cachewitness::probe {

// Takes decoded bytes; false = no more of them are wanted.
class DecodedSink {
 public:
  virtual ~DecodedSink() = default;
  virtual bool take(std::string_view bytes) = 0;
};

class ContentDecoder {
 public:
  enum class Step : std::uint8_t { going_on, broken, stopped };  // stopped: by the sink

  virtual ~ContentDecoder() = default;
  // Begins a new stream; buffers are kept.
  virtual void start() = 0;
  // After `broken` or `stopped` only start() may follow.
  virtual Step decode(std::string_view bytes, DecodedSink& sink) = 0;
  // The stream ended where its format says that it may.
  [[nodiscard]] virtual bool is_whole() const = 0;
};

[[nodiscard]] std::unique_ptr<ContentDecoder> make_decoder(http::Coding coding);

}  // namespace cachewitness::probe
