// SyncedFile: a file that only grows, and whose every line is on the disk before append() returns.
#pragma once

#include <string_view>

#include "base/result.h"

namespace cachewitness::ports {

class SyncedFile {
 public:
  virtual ~SyncedFile() = default;
  virtual base::Result<void> append(std::string_view lines) = 0;
};

}  // namespace cachewitness::ports
