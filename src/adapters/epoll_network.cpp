#include "adapters/epoll_network.h"

#include <sys/epoll.h>
#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include <fmt/format.h>

#include "adapters/system_error.h"
#include "adapters/tcp_listener.h"
#include "adapters/tcp_stream.h"
#include "base/assert.h"

namespace cachewitness::adapters {

namespace {

void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);  // where it is refused, the failures of connect() name the limit
  }
}

}  // namespace

base::Result<std::unique_ptr<EpollNetwork>> EpollNetwork::make() {
  raise_descriptor_limit();
  UniqueFd epoll(::epoll_create1(EPOLL_CLOEXEC));
  if (!epoll.is_open()) {
    return base::fail(base::errors::system_call,
                      fmt::format("cannot create an epoll descriptor: {}; raise `ulimit -n` or "
                                  "fs.epoll.max_user_instances",
                                  system_error_text(errno)));
  }
  return std::unique_ptr<EpollNetwork>(new EpollNetwork(std::move(epoll)));
}

base::Tick EpollNetwork::now() const { return monotonic_now(); }

std::unique_ptr<ports::Connection> EpollNetwork::connect(const base::SocketAddress& to, const ports::TlsClient* tls,
                                                         ports::ConnectionEvents& events) {
  CW_ASSERT(tls == nullptr);
  return TcpStream::connect(reactor_, to, events);
}

base::Result<std::unique_ptr<ports::Listener>> EpollNetwork::listen(const base::SocketAddress& on,
                                                                    const ports::TlsServer* tls,
                                                                    ports::AcceptEvents& events) {
  CW_ASSERT(tls == nullptr);
  auto listener = TcpListener::listen(reactor_, on, events);
  if (!listener) {
    return std::unexpected(std::move(listener).error());
  }
  return std::unique_ptr<ports::Listener>(std::move(*listener));
}

ports::TimerId EpollNetwork::arm_timer(base::Tick at, ports::TimerEvents& events) { return timers_.arm(at, events); }

void EpollNetwork::cancel_timer(ports::TimerId timer) { timers_.cancel(timer); }

bool EpollNetwork::turn(base::Tick limit) {
  if (reactor_.is_empty() && timers_.is_empty()) {
    return false;
  }
  reactor_.turn(std::min(limit, timers_.next()));
  fire_timers();
  return true;
}

void EpollNetwork::fire_timers() {
  if (timers_.is_empty()) {
    return;
  }
  const base::Tick now = monotonic_now();
  // At most so many as were armed before: a timer that arms itself again for "now" must not hold up the turn.
  for (std::size_t left = timers_.size(); left > 0; --left) {
    ports::TimerEvents* const due = timers_.take_due(now);
    if (due == nullptr) {
      return;
    }
    due->on_timer(now);
  }
}

}  // namespace cachewitness::adapters
