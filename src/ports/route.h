// Route: how a connection reaches its address. Almost always the address alone, which converts.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/socket_address.h"

namespace cachewitness::ports {

// What stands between us and a network that we cannot reach ourselves: a bastion.
struct Proxy {
  enum class Kind : std::uint8_t { http, socks5 };  // CONNECT of RFC 9110 9.3.6; RFC 1928

  Kind kind = Kind::http;
  base::SocketAddress address{};
  std::string user{};  // empty = no credentials are offered
  std::string password{};

  // "http://192.0.2.1:3128", without any credentials.
  [[nodiscard]] std::string text() const { return (kind == Kind::http ? "http://" : "socks5://") + address.text(); }
};

struct Route {
  base::SocketAddress to{};
  // Tried once where the system knows no way to `to`. A route through a proxy has none: the proxy chooses the way.
  std::optional<base::SocketAddress> otherwise{};
  std::string detour{};                         // why `to` is not the first address; becomes PeerInfo::detour
  std::optional<base::SocketAddress> source{};  // our end; its port is 0
  std::optional<Proxy> proxy{};                 // never gone around

  Route() = default;
  Route(const base::SocketAddress& address) : to(address) {}  // NOLINT(google-explicit-constructor): see above

  // A connection had to take `otherwise`, and says why: so do those after it, without asking again.
  void take_detour(const std::string& why) {
    to = *otherwise;
    otherwise.reset();
    detour = why;
  }
};

}  // namespace cachewitness::ports
