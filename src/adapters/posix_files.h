// PosixFiles: ports::Files over the file system. The path "-" is standard input or output. Names ending in
// ".zst" are Zstandard on disk and plain bytes here. A flush reaches the kernel, so a killed process loses
// nothing; close() reaches the disk.
#pragma once

#include "ports/files.h"

namespace cachewitness::adapters {

class PosixFiles final : public ports::Files {
 public:
  base::Result<std::string> read_all(const std::string& path, std::size_t limit) override;
  base::Result<std::unique_ptr<ports::InputFile>> open(const std::string& path) override;
  // An existing file is emptied first.
  base::Result<std::unique_ptr<ports::OutputFile>> create(const std::string& path) override;
  // A symbolic link is followed; a device or pipe is written in place, for it cannot be renamed over.
  base::Result<std::unique_ptr<ports::OutputFile>> replace(const std::string& path) override;
  base::Result<std::unique_ptr<ports::OutputFile>> replace_private(const std::string& path) override;
  base::Result<std::string> read_private(const std::string& path, std::size_t limit) override;
  [[nodiscard]] bool exists(const std::string& path) const override;
  base::Result<void> make_folder(const std::string& path) override;
  base::Result<std::vector<ports::FolderEntry>> list(const std::string& path) override;
  base::Result<std::string> canonical(const std::string& path) override;
  void remove(const std::string& path) override;
};

}  // namespace cachewitness::adapters
