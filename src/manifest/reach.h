// Reach: how the prober gets to an address: which family, from where, through what. An environment says it for its
// edges and origin replicas, an edge for itself.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/socket_address.h"
#include "manifest/secret_ref.h"

namespace cachewitness::manifest {

enum class AddressFamily : std::uint8_t { any, v4, v6 };

// The proxy of a bastion. `direct`: an edge needs none, whatever its environment says.
struct ProxyServer {
  enum class Kind : std::uint8_t { direct, http, socks5 };
  Kind kind = Kind::direct;
  std::string host;  // a name or a numeric address
  std::uint16_t port = 0;
};

// What is not said is left to the environment, and there: either family, any source, no proxy.
struct Reach {
  std::optional<AddressFamily> family;
  std::optional<base::SocketAddress> source;  // its port is 0
  std::optional<ProxyServer> proxy;
  // Both or neither. They belong to the proxy beside them and are never shown to another one.
  std::optional<SecretRef> proxy_user;
  std::optional<SecretRef> proxy_password;
};

// What holds for an edge.
[[nodiscard]] Reach reach_of_edge(const Reach& environment, const Reach& edge);
// The family that all this leaves open; a source speaks only its own.
[[nodiscard]] std::optional<base::SocketAddress::Family> family_of(const Reach& reach);

}  // namespace cachewitness::manifest
