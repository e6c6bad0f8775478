// PosixOutput: ports::OutputFile over a descriptor. Gathers small writes; flush() hands them to the kernel
// and close() to the disk. Destroyed without close(), it still hands over what it holds.
#pragma once

#include <string>

#include "adapters/unique_fd.h"
#include "ports/files.h"

namespace cachewitness::adapters {

class PosixOutput final : public ports::OutputFile {
 public:
  // `path` is for messages.
  PosixOutput(std::string path, UniqueFd fd) : path_(std::move(path)), fd_(std::move(fd)) {}
  PosixOutput(const PosixOutput&) = delete;
  PosixOutput& operator=(const PosixOutput&) = delete;
  ~PosixOutput() override;

  base::Result<void> write(std::string_view bytes) override;
  base::Result<void> flush() override;
  base::Result<void> close() override;

 private:
  base::Result<void> write_out(std::string_view bytes);

  std::string path_;
  UniqueFd fd_;
  std::string gathered_;
};

}  // namespace cachewitness::adapters
