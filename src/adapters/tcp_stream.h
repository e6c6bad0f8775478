// TcpStream: ports::Connection over one plain TCP socket, connecting or accepted. Once connected it sends and receives
// by the reactor's ring, where there is one. Else small sends go straight to the socket; only what the kernel does not
// take is kept and sent when it has room. Lives on the reactor's thread and must not outlive the reactor.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "adapters/completion_ring.h"
#include "adapters/liveness.h"
#include "adapters/reactor.h"
#include "adapters/unique_fd.h"
#include "base/failure.h"
#include "ports/network.h"

namespace cachewitness::adapters {

class TcpStream final : public ports::Connection, private Pollable, private CompletionEvents {
 public:
  // Starts to connect; trouble, immediate trouble too, reaches `events` in a later turn. Requires: a route
  // without a proxy.
  static std::unique_ptr<TcpStream> connect(Reactor& reactor, const ports::Route& route,
                                            ports::ConnectionEvents& events);
  // Takes over a socket that accept4() gave (non-blocking). Silent until start() names its events.
  static std::unique_ptr<TcpStream> adopt(Reactor& reactor, UniqueFd fd, const base::SocketAddress& remote);

  TcpStream(const TcpStream&) = delete;
  TcpStream& operator=(const TcpStream&) = delete;
  ~TcpStream() override;

  void send(std::string_view bytes) override;
  void finish() override;

  // Begins to report on an accepted stream: on_open comes in the next turn.
  void start(ports::ConnectionEvents& events);
  [[nodiscard]] const ports::PeerInfo& peer() const { return peer_; }
  [[nodiscard]] Liveness& liveness() { return liveness_; }

 private:
  enum class State : std::uint8_t { connecting, open, ended, failed };

  TcpStream(Reactor& reactor, const base::SocketAddress& remote) : reactor_(reactor) { peer_.remote = remote; }

  void on_ready(std::uint32_t ready) override;
  void on_received(std::string_view bytes) override;
  void on_receive_end(int error) override;
  void on_sent(int error) override;
  void begin_connect();
  bool bind_source();
  bool take_other_way();
  [[nodiscard]] base::Failure failure() const;
  void watch();
  void open();
  void receive(const Liveness::Watch& alive);
  void end();
  void fail();
  bool send_now(std::string_view& bytes);
  void flush();
  void flush_by_ring();
  void end_flush();
  void stay();
  void rest();
  void close();
  void withdraw();
  void set_error(int error);
  [[nodiscard]] bool has_backlog() const { return is_sending_ || sent_ < backlog_.size(); }

  Reactor& reactor_;
  ports::ConnectionEvents* events_ = nullptr;
  PollId id_ = PollId::none;
  UniqueFd fd_;
  CompletionRing* ring_ = nullptr;  // once connected, where there is one
  RingSocket socket_ = RingSocket::none;
  bool is_sending_ = false;  // by the ring
  State state_ = State::connecting;
  bool is_finishing_ = false;  // shut the sending side down as soon as the backlog is empty
  bool is_hung_up_ = false;    // the kernel announced the end: a short read is not the last one
  bool is_source_bad_ = false;
  int error_ = 0;  // errno of a failure not told yet
  std::optional<base::SocketAddress> source_;
  std::optional<base::SocketAddress> otherwise_;
  std::string backlog_;
  std::size_t sent_ = 0;  // so much of the backlog is on its way
  ports::PeerInfo peer_;
  Liveness liveness_;
};

}  // namespace cachewitness::adapters
