// EpollNetwork: the real ports::Network, on one thread, over edge-triggered epoll (with io_uring where the kernel has
// it) and OpenSSL. Streams,
// listeners and timers that it gave out must be gone before it is. Within one turn, bytes are delivered
// before timers fire, so that an answer which arrived in time is never called late.
#pragma once

#include <expected>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/reactor.h"
#include "adapters/timer_queue.h"
#include "adapters/tls_context.h"
#include "adapters/tls_session_archive.h"
#include "base/result.h"
#include "ports/network.h"

namespace cachewitness::adapters {

class EpollNetwork final : public ports::Network {
 public:
  // Raises this process's soft limit of open files to the hard one: a run needs a descriptor a stream.
  static base::Result<std::unique_ptr<EpollNetwork>> make();

  [[nodiscard]] base::Tick now() const override;
  std::unique_ptr<ports::Connection> connect(const ports::Route& route, const ports::TlsClient* tls,
                                             ports::ConnectionEvents& events) override;
  std::unique_ptr<ports::Connection> connect_datagrams(const ports::Route& route,
                                                       ports::ConnectionEvents& events) override;
  base::Result<std::unique_ptr<ports::Listener>> listen(const base::SocketAddress& on, const ports::TlsServer* tls,
                                                        ports::AcceptEvents& events) override;
  ports::TimerId arm_timer(base::Tick at, ports::TimerEvents& events) override;
  void cancel_timer(ports::TimerId timer) override;
  void gather(base::Duration time) override;
  bool turn(base::Tick limit) override;
  [[nodiscard]] std::string export_sessions() const override;
  bool import_sessions(std::string_view state) override;

 private:
  explicit EpollNetwork(UniqueFd epoll) : reactor_(std::move(epoll)) {}

  // A plain stream, through the route's proxy where it has one.
  std::unique_ptr<ports::Connection> open_stream(const ports::Route& route, ports::ConnectionEvents& events);
  void fire_timers();
  // One a CA file, for reading a trust store costs as much as ten handshakes.
  std::expected<std::shared_ptr<TlsContext>, std::string> tls_clients(const std::string& ca_file);

  Reactor reactor_;
  TimerQueue timers_;
  std::map<std::string, std::shared_ptr<TlsContext>> tls_clients_;
  std::vector<ArchivedSession> kept_sessions_;  // of an earlier run, with trust stores that were not used yet
};

}  // namespace cachewitness::adapters
