// ZstdInput: ports::InputFile that decompresses another one, frame after frame (RFC 8878). Memory is
// bounded whatever the file holds: a window of at most 128 MiB, and never more output than asked for.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "ports/files.h"

struct ZSTD_DCtx_s;

namespace cachewitness::adapters {

class ZstdInput final : public ports::InputFile {
 public:
  ZstdInput(std::string path, std::unique_ptr<ports::InputFile> compressed);
  base::Result<std::string_view> read(std::size_t limit) override;

 private:
  struct Free {
    void operator()(ZSTD_DCtx_s* context) const;
  };

  std::string path_;
  std::unique_ptr<ports::InputFile> compressed_;
  std::unique_ptr<ZSTD_DCtx_s, Free> context_;
  std::string_view pending_;  // compressed bytes not consumed yet; points into compressed_
  std::vector<char> buffer_;
  bool is_within_frame_ = false;
};

}  // namespace cachewitness::adapters
