#include "adapters/native_address.h"

#include <netinet/in.h>

#include <cstring>

namespace cachewitness::adapters {

// memcpy and not a cast: sockaddr_storage, sockaddr_in and sockaddr_in6 are unrelated types to the compiler.
const sockaddr* NativeAddress::get() const { return reinterpret_cast<const sockaddr*>(&storage); }
sockaddr* NativeAddress::get() { return reinterpret_cast<sockaddr*>(&storage); }

NativeAddress to_native(const base::SocketAddress& address) {
  NativeAddress native;
  if (address.family == base::SocketAddress::Family::v4) {
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(address.port);
    std::memcpy(&v4.sin_addr, address.bytes.data(), sizeof v4.sin_addr);
    std::memcpy(&native.storage, &v4, sizeof v4);
    native.size = sizeof v4;
  } else {
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(address.port);
    std::memcpy(&v6.sin6_addr, address.bytes.data(), sizeof v6.sin6_addr);
    std::memcpy(&native.storage, &v6, sizeof v6);
    native.size = sizeof v6;
  }
  return native;
}

base::SocketAddress from_native(const NativeAddress& native) {
  base::SocketAddress address;
  if (native.storage.ss_family == AF_INET6) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, &native.storage, sizeof v6);
    address.family = base::SocketAddress::Family::v6;
    address.port = ntohs(v6.sin6_port);
    std::memcpy(address.bytes.data(), &v6.sin6_addr, sizeof v6.sin6_addr);
  } else if (native.storage.ss_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &native.storage, sizeof v4);
    address.port = ntohs(v4.sin_port);
    std::memcpy(address.bytes.data(), &v4.sin_addr, sizeof v4.sin_addr);
  }
  return address;
}

base::SocketAddress local_address(int fd) {
  NativeAddress native;
  native.size = sizeof native.storage;
  return ::getsockname(fd, native.get(), &native.size) == 0 ? from_native(native) : base::SocketAddress{};
}

}  // namespace cachewitness::adapters
