#include "adapters/zstd_input.h"

#include <zstd.h>

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "adapters/file_error.h"
#include "base/assert.h"

namespace cachewitness::adapters {

namespace {

constexpr int max_window_log = 27;
constexpr std::size_t chunk_bytes = std::size_t{128} << 10;

}  // namespace

void ZstdInput::Free::operator()(ZSTD_DCtx_s* context) const { ::ZSTD_freeDCtx(context); }

ZstdInput::ZstdInput(std::string path, std::unique_ptr<ports::InputFile> compressed)
    : path_(std::move(path)), compressed_(std::move(compressed)), context_(::ZSTD_createDCtx()), buffer_(chunk_bytes) {
  CW_ASSERT(context_ != nullptr);
  ::ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_windowLogMax, max_window_log);
}

base::Result<std::string_view> ZstdInput::read(std::size_t limit) {
  while (true) {
    // Before asking for input: the decoder may still hold output of what it was given.
    ZSTD_inBuffer input{pending_.data(), pending_.size(), 0};
    ZSTD_outBuffer output{buffer_.data(), std::min(limit, buffer_.size()), 0};
    if (is_within_frame_ || !pending_.empty()) {
      const std::size_t left = ::ZSTD_decompressStream(context_.get(), &output, &input);
      if (::ZSTD_isError(left) != 0) {
        return base::fail(base::errors::unreadable_file,
                          fmt::format("cannot decompress {}: {}; check that it is Zstandard and whole",
                                      shown_path(path_, "standard input"), ::ZSTD_getErrorName(left)));
      }
      pending_.remove_prefix(input.pos);
      is_within_frame_ = left != 0;
      if (output.pos > 0) {
        return std::string_view(buffer_.data(), output.pos);
      }
    }
    if (!pending_.empty()) {
      continue;
    }
    auto next = compressed_->read(chunk_bytes);
    if (!next) {
      return next;
    }
    if (next->empty()) {
      if (is_within_frame_) {
        return base::fail(base::errors::unreadable_file,
                          fmt::format("{} ends in the middle of a compressed frame; its writer was cut off",
                                      shown_path(path_, "standard input")));
      }
      return std::string_view{};
    }
    pending_ = *next;
  }
}

}  // namespace cachewitness::adapters
