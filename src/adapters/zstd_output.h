// ZstdOutput: ports::OutputFile that compresses into another one. Every flush ends a frame, so that what
// was flushed can be read whatever happens afterwards.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "ports/files.h"

struct ZSTD_CCtx_s;

namespace cachewitness::adapters {

class ZstdOutput final : public ports::OutputFile {
 public:
  ZstdOutput(std::string path, std::unique_ptr<ports::OutputFile> compressed);
  base::Result<void> write(std::string_view bytes) override;
  base::Result<void> flush() override;
  base::Result<void> close() override;

 private:
  struct Free {
    void operator()(ZSTD_CCtx_s* context) const;
  };

  base::Result<void> end_frame();
  base::Result<void> compress(std::string_view bytes, bool ends_frame);

  std::string path_;
  std::unique_ptr<ports::OutputFile> compressed_;
  std::unique_ptr<ZSTD_CCtx_s, Free> context_;
  std::vector<char> buffer_;
  bool is_within_frame_ = false;
  bool has_frames_ = false;
};

}  // namespace cachewitness::adapters
