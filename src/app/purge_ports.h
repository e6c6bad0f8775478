// What a purge alone touches; made when it is needed.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "ports/control_plane.h"
#include "ports/synced_file.h"

namespace cachewitness::app {

struct PurgePorts {
  std::function<base::Result<std::unique_ptr<ports::ControlPlane>>()> control_plane;
  std::function<base::Result<std::unique_ptr<ports::SyncedFile>>(const std::string& path, bool is_new)> journal;
};

}  // namespace cachewitness::app
