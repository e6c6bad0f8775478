#include "manifest/reach.h"

namespace cachewitness::manifest {

Reach reach_of_edge(const Reach& environment, const Reach& edge) {
  Reach out = edge;
  out.family = edge.family ? edge.family : environment.family;
  out.source = edge.source ? edge.source : environment.source;
  if (!edge.proxy) {
    out.proxy = environment.proxy;
    out.proxy_user = environment.proxy_user;
    out.proxy_password = environment.proxy_password;
  }
  return out;
}

std::optional<base::SocketAddress::Family> family_of(const Reach& reach) {
  using Family = base::SocketAddress::Family;
  switch (reach.family.value_or(AddressFamily::any)) {
    case AddressFamily::v4:
      return Family::v4;
    case AddressFamily::v6:
      return Family::v6;
    case AddressFamily::any:
      break;
  }
  // The source is where we reach the proxy from; beyond it, either family will do.
  const bool is_through_proxy = reach.proxy && reach.proxy->kind != ProxyServer::Kind::direct;
  return reach.source && !is_through_proxy ? std::optional(reach.source->family) : std::nullopt;
}

}  // namespace cachewitness::manifest
