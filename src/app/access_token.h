// The access token of a provider that takes one, fetched where the manifest names what it is fetched with.
#pragma once

#include <optional>
#include <string>

#include "app/ports.h"
#include "base/result.h"
#include "base/secret.h"
#include "manifest/manifest.h"
#include "ports/control_plane.h"
#include "purge/sign.h"

namespace cachewitness::app {

// Nothing where no token has to be fetched. `control_plane` has nothing else under way. `ca_file` as of every request.
[[nodiscard]] base::Result<std::optional<base::Secret>> fetch_access_token(const Ports& ports,
                                                                           ports::ControlPlane& control_plane,
                                                                           const manifest::PurgeSettings& settings,
                                                                           const purge::Secrets& secrets,
                                                                           const std::string& ca_file);

}  // namespace cachewitness::app
