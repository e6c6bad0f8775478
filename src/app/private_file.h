// Files that this user alone may read, written whole or not at all; and where such files of ours live.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "ports/environment.h"
#include "ports/files.h"

namespace cachewitness::app {

[[nodiscard]] base::Result<void> write_private(ports::Files& files, const std::string& path, std::string_view text);

// $XDG_STATE_HOME/cachewitness, ~/.local/state/cachewitness, or .cachewitness where we are, in this order.
[[nodiscard]] std::string state_folder(const ports::Environment& environment);

}  // namespace cachewitness::app
