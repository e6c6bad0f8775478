#include "probe/content_decoder.h"

#include <brotli/decode.h>
#include <zlib.h>
#include <zstd.h>

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/assert.h"

namespace cachewitness::probe {

namespace {

constexpr std::size_t piece_bytes = std::size_t{16} * 1024;
using Piece = std::array<char, piece_bytes>;

// RFC 1950 (deflate) and RFC 1952 (gzip).
class ZlibDecoder : public ContentDecoder {
 public:
  explicit ZlibDecoder(http::Coding coding) : is_gzip_(coding == http::Coding::gzip) {
    CW_ASSERT(inflateInit2(&stream_, gzip_window) == Z_OK);
  }
  ~ZlibDecoder() override { inflateEnd(&stream_); }
  ZlibDecoder(const ZlibDecoder&) = delete;
  ZlibDecoder& operator=(const ZlibDecoder&) = delete;

  void start() override {
    is_started_ = false;
    is_whole_ = false;
  }

  Step decode(std::string_view bytes, DecodedSink& sink) override {
    if (!is_started_ && !bytes.empty()) {
      CW_ASSERT(inflateReset2(&stream_, window(bytes.front())) == Z_OK);
      is_started_ = true;
    }
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));  // zlib does not write to it
    stream_.avail_in = static_cast<uInt>(bytes.size());
    Piece piece;
    for (bool is_full = false; stream_.avail_in > 0 || is_full;) {
      if (is_whole_) {
        // RFC 1952 2.2: a gzip stream may have several members. Nothing follows the end of the others.
        if (!is_gzip_ || inflateReset(&stream_) != Z_OK) {
          return Step::broken;
        }
        is_whole_ = false;
      }
      stream_.next_out = reinterpret_cast<Bytef*>(piece.data());
      stream_.avail_out = piece.size();
      const int result = inflate(&stream_, Z_NO_FLUSH);
      if (!sink.take({piece.data(), piece.size() - stream_.avail_out})) {
        return Step::stopped;
      }
      if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR) {
        return Step::broken;
      }
      is_whole_ = result == Z_STREAM_END;
      is_full = stream_.avail_out == 0 && !is_whole_;
    }
    return Step::going_on;
  }

  [[nodiscard]] bool is_whole() const override { return is_whole_; }

 private:
  static constexpr int zlib_window = 15;
  static constexpr int gzip_window = 15 + 16;
  static constexpr int raw_window = -15;

  // "deflate" means the zlib format, but servers send bare deflate too and every browser takes it
  // (RFC 9110 8.4.1.2, note). A zlib stream starts with method 8; bare deflate never has these low bits.
  [[nodiscard]] int window(char first) const {
    if (is_gzip_) {
      return gzip_window;
    }
    return (static_cast<unsigned char>(first) & 0x0F) == 8 ? zlib_window : raw_window;
  }

  bool is_gzip_;
  bool is_started_ = false;
  bool is_whole_ = false;
  z_stream stream_{};
};

// RFC 7932.
class BrotliDecoder : public ContentDecoder {
 public:
  void start() override { state_.reset(BrotliDecoderCreateInstance(nullptr, nullptr, nullptr)); }

  Step decode(std::string_view bytes, DecodedSink& sink) override {
    CW_ASSERT(state_ != nullptr);
    std::size_t available = bytes.size();
    const auto* next = reinterpret_cast<const std::uint8_t*>(bytes.data());
    Piece piece;
    for (;;) {
      std::size_t room = piece.size();
      auto* out = reinterpret_cast<std::uint8_t*>(piece.data());
      const auto result = BrotliDecoderDecompressStream(state_.get(), &available, &next, &room, &out, nullptr);
      if (result == BROTLI_DECODER_RESULT_ERROR) {
        return Step::broken;
      }
      if (!sink.take({piece.data(), piece.size() - room})) {
        return Step::stopped;
      }
      if (result != BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT) {
        return available == 0 ? Step::going_on : Step::broken;  // bytes after the end
      }
    }
  }

  [[nodiscard]] bool is_whole() const override { return BrotliDecoderIsFinished(state_.get()) == BROTLI_TRUE; }

 private:
  struct Release {
    void operator()(BrotliDecoderState* state) const { BrotliDecoderDestroyInstance(state); }
  };
  std::unique_ptr<BrotliDecoderState, Release> state_;  // the library has no way to start one afresh
};

// RFC 8878, with the window of 8 MiB that RFC 9659 allows a sender at most.
class ZstdDecoder : public ContentDecoder {
 public:
  ZstdDecoder() : context_(ZSTD_createDCtx()) {
    CW_ASSERT(context_ != nullptr);
    CW_ASSERT(ZSTD_isError(ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_windowLogMax, max_window_log)) == 0);
  }

  void start() override {
    CW_ASSERT(ZSTD_isError(ZSTD_DCtx_reset(context_.get(), ZSTD_reset_session_only)) == 0);
    is_whole_ = false;
  }

  Step decode(std::string_view bytes, DecodedSink& sink) override {
    ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
    Piece piece;
    for (bool is_full = false; in.pos < in.size || is_full;) {
      ZSTD_outBuffer out{piece.data(), piece.size(), 0};
      const std::size_t expected = ZSTD_decompressStream(context_.get(), &out, &in);
      if (ZSTD_isError(expected) != 0) {
        return Step::broken;
      }
      is_whole_ = expected == 0;
      is_full = out.pos == out.size && !is_whole_;
      if (!sink.take({piece.data(), out.pos})) {
        return Step::stopped;
      }
    }
    return Step::going_on;
  }

  [[nodiscard]] bool is_whole() const override { return is_whole_; }

 private:
  static constexpr int max_window_log = 23;
  struct Release {
    void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
  };
  std::unique_ptr<ZSTD_DCtx, Release> context_;
  bool is_whole_ = false;
};

}  // namespace

std::unique_ptr<ContentDecoder> make_decoder(http::Coding coding) {
  switch (coding) {
    case http::Coding::gzip:
    case http::Coding::deflate:
      return std::make_unique<ZlibDecoder>(coding);
    case http::Coding::brotli:
      return std::make_unique<BrotliDecoder>();
    case http::Coding::zstd:
      return std::make_unique<ZstdDecoder>();
  }
  CW_UNREACHABLE();
}

}  // namespace cachewitness::probe
