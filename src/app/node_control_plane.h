// A control plane for caches that are asked in a protocol of their own and not by HTTP: Varnish's command line over
// TCP, HTCP over UDP. One connection a call.
#pragma once

#include <memory>

#include "app/ports.h"
#include "app/purge_ports.h"
#include "base/result.h"
#include "ports/control_plane.h"
#include "ports/network.h"
#include "ports/resolver.h"
#include "purge/provider.h"

namespace cachewitness::app {

// Takes the requests that purge::varnish_cli() and purge::squid_htcp() write, known by their method: CLI, with the
// command as its body and the secret beside it as the header "secret", and CLR. `connect_to` says where.
[[nodiscard]] std::unique_ptr<ports::ControlPlane> make_node_control_plane(ports::Network& network,
                                                                           ports::Resolver& resolver);

// What carries the requests of that provider.
[[nodiscard]] base::Result<std::unique_ptr<ports::ControlPlane>> open_control_plane(const Ports& ports,
                                                                                    const PurgePorts& purge_ports,
                                                                                    const purge::Provider& provider);

}  // namespace cachewitness::app
