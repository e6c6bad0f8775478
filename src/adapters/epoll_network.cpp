#include "adapters/epoll_network.h"

#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>

#include <algorithm>
#include <cerrno>
#include <functional>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "adapters/proxy_stream.h"
#include "adapters/system_error.h"
#include "adapters/tcp_listener.h"
#include "adapters/tcp_stream.h"
#include "adapters/tls_listener.h"
#include "adapters/tls_stream.h"
#include "adapters/udp_stream.h"
#include "base/text.h"

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

std::unique_ptr<ports::Connection> EpollNetwork::connect(const ports::Route& route, const ports::TlsClient* tls,
                                                         ports::ConnectionEvents& events) {
  if (tls == nullptr) {
    return open_stream(route, events);
  }
  auto context = tls_clients(tls->ca_file);
  auto stream = std::make_unique<TlsStream>(*this, context.value_or(nullptr));
  stream->start(events);
  if (context && stream->open_client(*tls, route.to)) {
    stream->attach(open_stream(route, *stream));
  } else {
    const std::string reason = context ? fmt::format(
                                             "no certificate can be verified against the name \"{}\"; check "
                                             "tls.server_name",
                                             base::printable(tls->server_name))
                                       : context.error();
    stream->fail_later({base::Stage::tls, base::FailureCause::tls, reason});
  }
  return stream;
}

std::unique_ptr<ports::Connection> EpollNetwork::open_stream(const ports::Route& route,
                                                             ports::ConnectionEvents& events) {
  if (!route.proxy) {
    return TcpStream::connect(reactor_, route, events);
  }
  auto stream = std::make_unique<ProxyStream>(*route.proxy, route.to, events);
  ports::Route to_proxy = route.proxy->address;
  to_proxy.source = route.source;
  stream->attach(TcpStream::connect(reactor_, to_proxy, *stream));
  return stream;
}

std::unique_ptr<ports::Connection> EpollNetwork::connect_datagrams(const ports::Route& route,
                                                                   ports::ConnectionEvents& events) {
  return UdpStream::connect(reactor_, route, events);
}

base::Result<std::unique_ptr<ports::Listener>> EpollNetwork::listen(const base::SocketAddress& on,
                                                                    const ports::TlsServer* tls,
                                                                    ports::AcceptEvents& events) {
  std::unique_ptr<TlsListener> over_tls;
  if (tls != nullptr) {
    auto context = TlsContext::for_server(*tls);
    if (!context) {
      return std::unexpected(std::move(context).error());
    }
    over_tls = std::make_unique<TlsListener>(*this, std::move(*context), events);
  }
  auto listener = TcpListener::listen(reactor_, on, over_tls != nullptr ? *over_tls : events);
  if (!listener) {
    return std::unexpected(std::move(listener).error());
  }
  if (over_tls == nullptr) {
    return std::unique_ptr<ports::Listener>(std::move(*listener));
  }
  over_tls->attach(std::move(*listener));
  return std::unique_ptr<ports::Listener>(std::move(over_tls));
}

std::expected<std::shared_ptr<TlsContext>, std::string> EpollNetwork::tls_clients(const std::string& ca_file) {
  if (const auto known = tls_clients_.find(ca_file); known != tls_clients_.end()) {
    return known->second;
  }
  auto made = TlsContext::for_clients(ca_file);
  if (made) {
    tls_clients_.emplace(ca_file, *made);
    const auto own = std::ranges::partition(
        kept_sessions_, [&made](const ArchivedSession& kept) { return kept.trust != (*made)->trust(); });
    for (ArchivedSession& kept : own) {
      (*made)->adopt(std::move(kept));
    }
    kept_sessions_.erase(own.begin(), own.end());
  }
  return made;
}

bool EpollNetwork::import_sessions(std::string_view state) {
  auto sessions = read_sessions(state);
  if (sessions) {
    kept_sessions_.insert(kept_sessions_.end(), std::make_move_iterator(sessions->begin()),
                          std::make_move_iterator(sessions->end()));
  }
  return sessions.has_value();
}

// Sessions with other trust stores than this run's belong to other manifests: they are handed on.
std::string EpollNetwork::export_sessions() const {
  std::vector<ArchivedSession> sessions = kept_sessions_;
  for (const auto& [ca_file, context] : tls_clients_) {
    context->archive(sessions);
  }
  std::erase_if(sessions, [now = ::time(nullptr)](const ArchivedSession& kept) { return kept.expires_at <= now; });
  // The newest first, for there may be more than are kept.
  std::ranges::stable_sort(sessions, std::ranges::greater(), &ArchivedSession::expires_at);
  // And one for each name before a second for any: a server hands out two at once.
  // What came in twice, through another network, goes out once.
  std::set<std::pair<std::string, std::string>> served;
  std::set<std::string> states;
  std::vector<ArchivedSession> first;
  std::vector<ArchivedSession> further;
  for (ArchivedSession& session : sessions) {
    if (!states.insert(session.state).second) {
      continue;
    }
    const bool is_first = served.emplace(session.trust.hex(), session.key).second;
    (is_first ? first : further).push_back(std::move(session));
  }
  first.insert(first.end(), std::make_move_iterator(further.begin()), std::make_move_iterator(further.end()));
  return first.empty() ? std::string() : write_sessions(first);
}

ports::TimerId EpollNetwork::arm_timer(base::Tick at, ports::TimerEvents& events) { return timers_.arm(at, events); }

void EpollNetwork::cancel_timer(ports::TimerId timer) { timers_.cancel(timer); }

void EpollNetwork::gather(base::Duration time) {
  reactor_.submit();
  const timespec wait{0, static_cast<long>(std::clamp<std::int64_t>(time.count(), 0, 999'999'999))};
  ::nanosleep(&wait, nullptr);  // a signal may cut it short: that is asked for elsewhere
}

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
