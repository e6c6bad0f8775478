// TcpListener: ports::Listener that hands out accepted TcpStreams. For the lab and for tests; the prober
// itself listens nowhere.
#pragma once

#include <memory>

#include "adapters/liveness.h"
#include "adapters/reactor.h"
#include "adapters/unique_fd.h"
#include "base/result.h"
#include "ports/network.h"

namespace cachewitness::adapters {

class TcpListener final : public ports::Listener, private Pollable {
 public:
  static base::Result<std::unique_ptr<TcpListener>> listen(Reactor& reactor, const base::SocketAddress& on,
                                                           ports::AcceptEvents& events);
  TcpListener(const TcpListener&) = delete;
  TcpListener& operator=(const TcpListener&) = delete;
  ~TcpListener() override;

  [[nodiscard]] base::SocketAddress address() const override { return address_; }

 private:
  TcpListener(Reactor& reactor, UniqueFd fd, ports::AcceptEvents& events);

  void on_ready(std::uint32_t ready) override;
  void accepted(UniqueFd fd, const base::SocketAddress& remote);
  void turn_away();

  Reactor& reactor_;
  UniqueFd fd_;
  UniqueFd spare_;  // given up for a moment when there is no descriptor left to accept with
  ports::AcceptEvents& events_;
  base::SocketAddress address_;
  PollId id_;
  Liveness liveness_;
};

}  // namespace cachewitness::adapters
