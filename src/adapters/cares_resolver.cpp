#include "adapters/cares_resolver.h"

#include <ares.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <mutex>
#include <utility>

#include <fmt/format.h>

#include "adapters/native_address.h"
#include "adapters/reactor.h"
#include "base/text.h"

namespace cachewitness::adapters {

namespace {

// How long one server may think before the query is repeated; resolv.conf's default of 5 s would eat the
// whole deadline on the first lost packet.
constexpr int try_timeout_ms = 1000;
constexpr int tries_per_server = 3;

struct ChannelFree {
  void operator()(ares_channel channel) const { ::ares_destroy(channel); }
};
using Channel = std::unique_ptr<std::remove_pointer_t<ares_channel>, ChannelFree>;

struct Answer {
  bool is_there = false;
  int status = ARES_SUCCESS;
  std::vector<base::SocketAddress> addresses;
};

std::unexpected<base::Failure> failed(base::FailureCause cause, std::string detail) {
  return std::unexpected(base::Failure{base::Stage::resolve, cause, std::move(detail)});
}

// Called by c-ares; also by ares_destroy() for a query that we gave up, while the answer still exists.
void take_answer(void* argument, int status, int /*timeouts*/, ares_addrinfo* result) {
  auto& answer = *static_cast<Answer*>(argument);
  answer.is_there = true;
  answer.status = status;
  for (const ares_addrinfo_node* node = result != nullptr ? result->nodes : nullptr; node != nullptr;
       node = node->ai_next) {
    NativeAddress native;
    if (node->ai_addrlen <= sizeof native.storage && (node->ai_family == AF_INET || node->ai_family == AF_INET6)) {
      std::memcpy(&native.storage, node->ai_addr, node->ai_addrlen);
      native.size = node->ai_addrlen;
      answer.addresses.push_back(from_native(native));
    }
  }
  if (result != nullptr) {
    ::ares_freeaddrinfo(result);
  }
}

int initialise_library() {
  static std::once_flag once;
  static int status = ARES_SUCCESS;
  std::call_once(once, [] { status = ::ares_library_init(ARES_LIB_INIT_ALL); });
  return status;
}

std::expected<Channel, int> open_channel(const std::string& servers) {
  if (const int status = initialise_library(); status != ARES_SUCCESS) {
    return std::unexpected(status);
  }
  ares_options options{};
  options.timeout = try_timeout_ms;
  options.tries = tries_per_server;
  char lookups[] = "fb";  // the hosts file, then DNS
  options.lookups = lookups;
  ares_channel opened = nullptr;
  if (const int status = ::ares_init_options(&opened, &options, ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_LOOKUPS);
      status != ARES_SUCCESS) {
    return std::unexpected(status);
  }
  Channel channel(opened);
  if (!servers.empty()) {
    if (const int status = ::ares_set_servers_ports_csv(channel.get(), servers.c_str()); status != ARES_SUCCESS) {
      return std::unexpected(status);
    }
  }
  return channel;
}

void wait_and_advance(ares_channel channel, base::Tick deadline) {
  std::array<ares_socket_t, ARES_GETSOCK_MAXNUM> sockets{};
  const int wanted = ::ares_getsock(channel, sockets.data(), static_cast<int>(sockets.size()));
  std::array<pollfd, ARES_GETSOCK_MAXNUM> watched{};
  nfds_t count = 0;
  for (std::size_t i = 0; i < sockets.size(); ++i) {
    const auto bits = static_cast<unsigned>(wanted) >> i;
    const bool is_read = (bits & 1U) != 0;
    const bool is_written = (bits >> ARES_GETSOCK_MAXNUM & 1U) != 0;
    if (is_read || is_written) {
      const auto events = static_cast<short>((is_read ? POLLIN : 0) | (is_written ? POLLOUT : 0));
      watched[count++] = {sockets[i], events, 0};
    }
  }
  const base::Duration left = std::max(deadline - monotonic_now(), base::Duration::zero());
  const auto left_ms = std::chrono::ceil<std::chrono::milliseconds>(left).count();
  timeval longest{left_ms / 1000, left_ms % 1000 * 1000};
  timeval storage{};
  const timeval* const next = ::ares_timeout(channel, &longest, &storage);
  ::poll(watched.data(), count, static_cast<int>(next->tv_sec * 1000 + (next->tv_usec + 999) / 1000));
  bool is_any_ready = false;
  for (nfds_t i = 0; i < count; ++i) {
    const short ready = watched[i].revents;
    if (ready != 0) {
      is_any_ready = true;
      ::ares_process_fd(channel, (ready & ~POLLOUT) != 0 ? watched[i].fd : ARES_SOCKET_BAD,
                        (ready & POLLOUT) != 0 ? watched[i].fd : ARES_SOCKET_BAD);
    }
  }
  if (!is_any_ready) {
    ::ares_process_fd(channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);  // its own timeouts
  }
}

}  // namespace

std::expected<std::vector<base::SocketAddress>, base::Failure> CaresResolver::resolve(const std::string& host,
                                                                                      std::uint16_t port,
                                                                                      base::Duration timeout) {
  if (const auto numeric = base::parse_ip(host, port)) {
    return std::vector{*numeric};
  }
  const std::string shown = base::printable(host);
  const base::Tick deadline = monotonic_now() + timeout;
  Answer answer;  // before the channel, whose destruction still writes to it
  const auto channel = open_channel(servers_);
  if (!channel) {
    return failed(base::FailureCause::dns,
                  fmt::format("cannot start the resolver: {}", ::ares_strerror(channel.error())));
  }
  ares_addrinfo_hints hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  ::ares_getaddrinfo(channel->get(), host.c_str(), nullptr, &hints, take_answer, &answer);
  while (!answer.is_there && monotonic_now() < deadline) {
    wait_and_advance(channel->get(), deadline);
  }
  if (!answer.is_there || answer.status == ARES_ETIMEOUT) {
    return failed(base::FailureCause::timeout, fmt::format("no DNS server answered for \"{}\" in time", shown));
  }
  if (answer.status != ARES_SUCCESS || answer.addresses.empty()) {
    const int status = answer.status == ARES_SUCCESS ? ARES_ENODATA : answer.status;
    return failed(base::FailureCause::dns, fmt::format("cannot resolve \"{}\": {}", shown, ::ares_strerror(status)));
  }
  for (base::SocketAddress& address : answer.addresses) {
    address.port = port;
  }
  return std::move(answer.addresses);
}

}  // namespace cachewitness::adapters
