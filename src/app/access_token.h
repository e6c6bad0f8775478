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

// Nothing where no token has to be fetched by that grant. `control_plane` has nothing else under way. `environment` has
// a purge, and the authority that every request of it is held against.
[[nodiscard]] base::Result<std::optional<base::Secret>> fetch_access_token(const Ports& ports,
                                                                           ports::ControlPlane& control_plane,
                                                                           const manifest::Environment& environment,
                                                                           const purge::Grant& grant,
                                                                           const purge::Secrets& secrets);

}  // namespace cachewitness::app
