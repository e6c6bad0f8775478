// NativeAddress: base::SocketAddress as the sockets API wants it, and back.
#pragma once

#include <sys/socket.h>

#include "base/socket_address.h"

namespace cachewitness::adapters {

struct NativeAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;

  [[nodiscard]] const sockaddr* get() const;
  [[nodiscard]] sockaddr* get();
};

[[nodiscard]] NativeAddress to_native(const base::SocketAddress& address);
[[nodiscard]] base::SocketAddress from_native(const NativeAddress& native);

// Our end of a socket; the unspecified address where the system does not tell.
[[nodiscard]] base::SocketAddress local_address(int fd);

}  // namespace cachewitness::adapters
