// ProxyHandshake: what is said to a proxy until the stream through it is open. Sans-I/O: bytes in, bytes out. The peer
// is as hostile as any: its bytes are bounded and never trusted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/failure.h"
#include "ports/route.h"

namespace cachewitness::adapters {

class ProxyHandshake {
 public:
  enum class State : std::uint8_t { talking, open, failed };

  explicit ProxyHandshake(const ports::Proxy& proxy) : proxy_(proxy) {}
  ProxyHandshake(const ProxyHandshake&) = delete;
  ProxyHandshake& operator=(const ProxyHandshake&) = delete;
  virtual ~ProxyHandshake() = default;

  // Appends what opens it.
  virtual void start(std::string& out) = 0;
  // Takes `bytes` as far as they belong to the handshake and appends the answers. Returns how many it took: what
  // follows an open handshake comes from behind the proxy. Requires: talking.
  virtual std::size_t receive(std::string_view bytes, std::string& out) = 0;
  // The proxy has finished, or the way to it broke. Requires: talking.
  void receive_end() { fail(base::FailureCause::reset, "closed the stream before it had answered"); }
  void receive_failure(const base::Failure& failure);

  [[nodiscard]] State state() const { return state_; }
  // Requires: failed. Its stage is `connect`, and its detail names the proxy.
  [[nodiscard]] const base::Failure& failure() const { return failure_; }

 protected:
  [[nodiscard]] const ports::Proxy& proxy() const { return proxy_; }
  void open() { state_ = State::open; }
  // "proxy 192.0.2.1:3128 `what`".
  void fail(base::FailureCause cause, std::string_view what);

 private:
  const ports::Proxy proxy_;
  State state_ = State::talking;
  base::Failure failure_;
};

// The handshake of this proxy, for a stream to `to`.
[[nodiscard]] std::unique_ptr<ProxyHandshake> make_proxy_handshake(const ports::Proxy& proxy,
                                                                   const base::SocketAddress& to);

}  // namespace cachewitness::adapters
