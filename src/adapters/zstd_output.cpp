#include "adapters/zstd_output.h"

#include <zstd.h>

#include <utility>

#include <fmt/format.h>

#include "adapters/file_error.h"
#include "base/assert.h"

namespace cachewitness::adapters {

void ZstdOutput::Free::operator()(ZSTD_CCtx_s* context) const { ::ZSTD_freeCCtx(context); }

ZstdOutput::ZstdOutput(std::string path, std::unique_ptr<ports::OutputFile> compressed)
    : path_(std::move(path)),
      compressed_(std::move(compressed)),
      context_(::ZSTD_createCCtx()),
      buffer_(::ZSTD_CStreamOutSize()) {
  CW_ASSERT(context_ != nullptr);
  // A checksum a frame: evidence that rotted on disk must not be judged.
  ::ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_checksumFlag, 1);
}

base::Result<void> ZstdOutput::write(std::string_view bytes) {
  if (bytes.empty()) {
    return {};
  }
  is_within_frame_ = true;
  return compress(bytes, false);
}

base::Result<void> ZstdOutput::flush() {
  if (is_within_frame_) {
    if (auto ended = end_frame(); !ended) {
      return ended;
    }
  }
  return compressed_->flush();
}

base::Result<void> ZstdOutput::close() {
  // A file without any frame is no Zstandard file: other tools refuse to read it.
  auto ended = is_within_frame_ || !has_frames_ ? end_frame() : base::Result<void>{};
  auto closed = compressed_->close();
  return ended ? closed : ended;
}

base::Result<void> ZstdOutput::end_frame() {
  is_within_frame_ = false;
  has_frames_ = true;
  return compress({}, true);
}

base::Result<void> ZstdOutput::compress(std::string_view bytes, bool ends_frame) {
  ZSTD_inBuffer input{bytes.data(), bytes.size(), 0};
  while (true) {
    ZSTD_outBuffer output{buffer_.data(), buffer_.size(), 0};
    const std::size_t left =
        ::ZSTD_compressStream2(context_.get(), &output, &input, ends_frame ? ZSTD_e_end : ZSTD_e_continue);
    if (::ZSTD_isError(left) != 0) {
      return base::fail(base::errors::unwritable_file,
                        fmt::format("cannot compress {}: {}; give a path without .zst",
                                    shown_path(path_, "standard output"), ::ZSTD_getErrorName(left)));
    }
    if (output.pos > 0) {
      if (auto written = compressed_->write({buffer_.data(), output.pos}); !written) {
        return written;
      }
    }
    if (ends_frame ? left == 0 : input.pos == input.size) {
      return {};
    }
  }
}

}  // namespace cachewitness::adapters
