// PosixInput: ports::InputFile over a descriptor. Plain bytes, one buffer, no reading ahead of the caller.
#pragma once

#include <string>
#include <vector>

#include "adapters/unique_fd.h"
#include "ports/files.h"

namespace cachewitness::adapters {

class PosixInput final : public ports::InputFile {
 public:
  PosixInput(std::string path, UniqueFd fd) : path_(std::move(path)), fd_(std::move(fd)) {}
  base::Result<std::string_view> read(std::size_t limit) override;

 private:
  std::string path_;
  UniqueFd fd_;
  std::vector<char> buffer_;
};

}  // namespace cachewitness::adapters
