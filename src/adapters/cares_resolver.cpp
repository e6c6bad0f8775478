#include "adapters/cares_resolver.h"

#include <ares.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
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
// Lookups under way together; each is two questions. Answers to more could overrun the socket's buffer.
constexpr std::size_t most_in_flight = 128;
// Lookups begun without looking up: each may read the hosts file.
constexpr std::size_t most_starts = 16;
constexpr base::Duration stop_is_asked_every = std::chrono::milliseconds(20);

struct ChannelFree {
  void operator()(ares_channel channel) const { ::ares_destroy(channel); }
};
using Channel = std::unique_ptr<std::remove_pointer_t<ares_channel>, ChannelFree>;

using Family = base::SocketAddress::Family;

// One name that is looked up, and what became of it.
struct Lookup {
  std::string host;
  std::optional<Family> family;
  std::size_t* answered = nullptr;  // the batch counts those that are there
  bool is_there = false;
  int status = ARES_ECANCELLED;
  std::vector<base::SocketAddress> addresses{};
};

// Outlives the channel, whose end still tells of lookups that were given up.
struct Batch {
  std::vector<Lookup> lookups;
  std::size_t answered = 0;
};

// Called by c-ares once for each lookup that it was given.
void take_answer(void* argument, int status, int /*timeouts*/, ares_addrinfo* result) {
  auto& lookup = *static_cast<Lookup*>(argument);
  lookup.is_there = true;
  ++*lookup.answered;
  lookup.status = status;
  for (const ares_addrinfo_node* node = result != nullptr ? result->nodes : nullptr; node != nullptr;
       node = node->ai_next) {
    NativeAddress native;
    if (node->ai_addrlen <= sizeof native.storage && (node->ai_family == AF_INET || node->ai_family == AF_INET6)) {
      std::memcpy(&native.storage, node->ai_addr, node->ai_addrlen);
      native.size = node->ai_addrlen;
      const base::SocketAddress address = from_native(native);
      if (std::ranges::find(lookup.addresses, address) == lookup.addresses.end()) {
        lookup.addresses.push_back(address);
      }
    }
  }
  if (result != nullptr) {
    ::ares_freeaddrinfo(result);
  }
}

std::unexpected<base::Failure> failed(base::FailureCause cause, std::string detail) {
  return std::unexpected(base::Failure{base::Stage::resolve, cause, std::move(detail)});
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

// Waits `longest` at most for an answer or a try that is over.
void wait_and_advance(ares_channel channel, base::Duration longest) {
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
  const auto most_us = std::chrono::ceil<std::chrono::microseconds>(std::max(longest, base::Duration::zero())).count();
  timeval most{most_us / 1'000'000, most_us % 1'000'000};
  timeval storage{};
  const timeval* const next = ::ares_timeout(channel, &most, &storage);
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

// Returns whether it was stopped.
bool look_up(ares_channel channel, Batch& batch, base::Tick deadline, const std::function<bool()>& is_stopped) {
  std::vector<Lookup>& lookups = batch.lookups;
  const std::size_t& answered = batch.answered;
  std::size_t started = 0;
  bool was_stopped = false;
  while (answered < lookups.size() && monotonic_now() < deadline && !was_stopped) {
    const std::size_t until = std::min({lookups.size(), started + most_starts, answered + most_in_flight});
    for (; started < until; ++started) {
      Lookup& lookup = lookups[started];
      lookup.answered = &batch.answered;
      ares_addrinfo_hints hints{};
      hints.ai_family = !lookup.family ? AF_UNSPEC : *lookup.family == Family::v4 ? AF_INET : AF_INET6;
      hints.ai_socktype = SOCK_STREAM;
      ::ares_getaddrinfo(channel, lookup.host.c_str(), nullptr, &hints, take_answer, &lookup);
    }
    const bool is_more_to_start = started < std::min(lookups.size(), answered + most_in_flight);
    wait_and_advance(
        channel, is_more_to_start ? base::Duration::zero() : std::min(stop_is_asked_every, deadline - monotonic_now()));
    was_stopped = is_stopped();
  }
  // A name of which one family is known and the other was never answered keeps what is known.
  ::ares_cancel(channel);
  return was_stopped;
}

std::string_view family_text(std::optional<Family> family) {
  return !family ? "" : *family == Family::v4 ? " to an IPv4 address" : " to an IPv6 address";
}

ports::Resolved answer_of(const Lookup& lookup, std::uint16_t port, bool was_stopped) {
  const std::string shown = base::printable(lookup.host);
  const bool is_open = !lookup.is_there || lookup.status == ARES_ECANCELLED;
  if (is_open && was_stopped) {
    return failed(base::FailureCause::cancelled, fmt::format("\"{}\" was not resolved: the run was stopped", shown));
  }
  if (is_open || lookup.status == ARES_ETIMEOUT) {
    return failed(base::FailureCause::timeout, fmt::format("no DNS server answered for \"{}\" in time", shown));
  }
  if (lookup.status != ARES_SUCCESS || lookup.addresses.empty()) {
    const int status = lookup.status == ARES_SUCCESS ? ARES_ENODATA : lookup.status;
    return failed(base::FailureCause::dns, fmt::format("cannot resolve \"{}\"{}: {}", shown, family_text(lookup.family),
                                                       ::ares_strerror(status)));
  }
  std::vector<base::SocketAddress> addresses = lookup.addresses;
  for (base::SocketAddress& address : addresses) {
    address.port = port;
  }
  return addresses;
}

ports::Resolved numeric_answer(const base::SocketAddress& address, std::optional<Family> family) {
  if (family && *family != address.family) {
    return failed(base::FailureCause::dns,
                  fmt::format("cannot resolve \"{}\"{}", address.ip_text(), family_text(family)));
  }
  return std::vector{address};
}

}  // namespace

std::vector<ports::Resolved> CaresResolver::resolve(std::span<const ports::Query> queries, base::Duration timeout,
                                                    const std::function<bool()>& is_stopped) {
  const base::Tick deadline = monotonic_now() + timeout;
  std::vector<ports::Resolved> answers(queries.size());
  Batch batch;
  std::map<std::pair<std::string, std::optional<Family>>, std::size_t> lookup_of;  // DNS names know no case (RFC 4343)
  std::vector<std::pair<std::size_t, std::size_t>> waiting;                        // queries and their lookups
  for (std::size_t i = 0; i < queries.size(); ++i) {
    const ports::Query& query = queries[i];
    if (const auto numeric = base::parse_ip(query.host, query.port)) {
      answers[i] = numeric_answer(*numeric, query.family);
      continue;
    }
    const auto [known, is_new] =
        lookup_of.try_emplace({base::lower_case(query.host), query.family}, batch.lookups.size());
    if (is_new) {
      batch.lookups.push_back({.host = query.host, .family = query.family});
    }
    waiting.emplace_back(i, known->second);
  }
  if (waiting.empty()) {
    return answers;
  }
  const auto channel = open_channel(servers_);
  const bool was_stopped = channel && look_up(channel->get(), batch, deadline, is_stopped);
  for (const auto& [query, lookup] : waiting) {
    answers[query] = channel ? answer_of(batch.lookups[lookup], queries[query].port, was_stopped)
                             : failed(base::FailureCause::dns,
                                      fmt::format("cannot start the resolver: {}", ::ares_strerror(channel.error())));
  }
  return answers;
}

}  // namespace cachewitness::adapters
