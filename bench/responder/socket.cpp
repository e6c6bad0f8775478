#include "socket.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace cachewitness::bench {

namespace {

Descriptor listen_at(const std::string& address, std::uint16_t port, std::string& fault) {
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(port);
  if (inet_pton(AF_INET, address.c_str(), &at.sin_addr) != 1) {
    fault = address + ": not an IPv4 address";
    return {};
  }
  Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const int on = 1;
  setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);  // accepted sockets inherit it
  constexpr int backlog = 65535;
  if (bind(socket.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0 ||
      ::listen(socket.get(), backlog) != 0) {
    fault = address + ": " + std::strerror(errno);
    return {};
  }
  return socket;
}

std::uint16_t bound_port(const Descriptor& socket) {
  sockaddr_in at{};
  socklen_t size = sizeof at;
  getsockname(socket.get(), reinterpret_cast<sockaddr*>(&at), &size);
  return ntohs(at.sin_port);
}

}  // namespace

void Descriptor::reset() {
  if (fd_ >= 0) {
    ::close(fd_);
    fd_ = -1;
  }
}

std::vector<Descriptor> listen_at(const std::vector<std::string>& addresses, std::uint16_t& port, std::string& fault) {
  // A port that is free at the first address need not be free at the next.
  const int tries = port == 0 ? 16 : 1;
  for (int i = 0; i < tries; ++i) {
    std::uint16_t tried = port;
    std::vector<Descriptor> sockets;
    for (const std::string& address : addresses) {
      sockets.push_back(listen_at(address, tried, fault));
      if (sockets.back().get() < 0) {
        break;
      }
      tried = bound_port(sockets.front());
    }
    if (sockets.size() == addresses.size() && sockets.back().get() >= 0) {
      port = tried;
      return sockets;
    }
  }
  return {};
}

void raise_descriptor_limit() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  const rlimit wanted{1 << 20, 1 << 20};
  if (setrlimit(RLIMIT_NOFILE, &wanted) != 0) {  // only root may pass the hard limit
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
  }
}

}  // namespace cachewitness::bench
