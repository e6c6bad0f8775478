// PosixSyncedFile: ports::SyncedFile by O_APPEND and fdatasync. One process at a time: the file is locked.
#pragma once

#include <memory>
#include <string>

#include "adapters/unique_fd.h"
#include "ports/synced_file.h"

namespace cachewitness::adapters {

class PosixSyncedFile final : public ports::SyncedFile {
 public:
  // A new file; one that is there already is refused. Readable for its user alone.
  static base::Result<std::unique_ptr<PosixSyncedFile>> create(const std::string& path);
  // An existing one. What a crash left of its last line is cut off: it tells of nothing that happened.
  static base::Result<std::unique_ptr<PosixSyncedFile>> extend(const std::string& path);

  base::Result<void> append(std::string_view lines) override;

 private:
  PosixSyncedFile(std::string path, UniqueFd fd) : path_(std::move(path)), fd_(std::move(fd)) {}

  std::string path_;
  UniqueFd fd_;
};

}  // namespace cachewitness::adapters
