// What the purge layer asks for, as the control plane's port takes it.
#pragma once

#include <string>

#include "ports/control_plane.h"
#include "purge/provider.h"

namespace cachewitness::app {

// To the node, where the request names one; else to the URL's own host.
[[nodiscard]] ports::ControlRequest control_request(const purge::Request& request, const std::string& ca_file);

}  // namespace cachewitness::app
