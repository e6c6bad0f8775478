// UdpStream: ports::Connection over one connected UDP socket: each send() is one datagram, each on_bytes() one too.
// Nothing is queued: what the kernel does not take is lost, as it may be anywhere on the way. Lives on the reactor's
// thread and must not outlive the reactor.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "adapters/liveness.h"
#include "adapters/reactor.h"
#include "adapters/unique_fd.h"
#include "base/failure.h"
#include "ports/network.h"

namespace cachewitness::adapters {

class UdpStream final : public ports::Connection, private Pollable {
 public:
  // Trouble, immediate trouble too, reaches `events` in a later turn.
  static std::unique_ptr<UdpStream> connect(Reactor& reactor, const ports::Route& route,
                                            ports::ConnectionEvents& events);
  UdpStream(const UdpStream&) = delete;
  UdpStream& operator=(const UdpStream&) = delete;
  ~UdpStream() override;

  void send(std::string_view bytes) override;
  void finish() override { is_finishing_ = true; }

 private:
  enum class State : std::uint8_t { opening, silent, answered, failed };

  UdpStream(Reactor& reactor, ports::ConnectionEvents& events) : reactor_(reactor), events_(events) {}

  void on_ready(std::uint32_t ready) override;
  void open_socket(const ports::Route& route);
  int connect_socket(const base::SocketAddress& to);
  [[nodiscard]] base::Failure failure(int error) const;
  void receive(const Liveness::Watch& alive);
  void fail_later(base::Failure failure);
  void fail();

  Reactor& reactor_;
  ports::ConnectionEvents& events_;
  PollId id_ = PollId::none;
  UniqueFd fd_;
  State state_ = State::opening;
  bool is_finishing_ = false;
  bool is_source_bad_ = false;
  std::optional<base::SocketAddress> source_;
  std::optional<base::Failure> pending_failure_;
  ports::PeerInfo peer_;
  Liveness liveness_;
};

}  // namespace cachewitness::adapters
