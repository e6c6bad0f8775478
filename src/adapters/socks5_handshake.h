// Socks5Handshake: asks a SOCKS5 proxy for a stream to a numeric address (RFC 1928), with user name and password
// (RFC 1929) where it has some.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "adapters/proxy_handshake.h"

namespace cachewitness::adapters {

class Socks5Handshake final : public ProxyHandshake {
 public:
  // Requires: user and password of 255 bytes at most.
  Socks5Handshake(const ports::Proxy& proxy, const base::SocketAddress& to);

  void start(std::string& out) override;
  std::size_t receive(std::string_view bytes, std::string& out) override;

 private:
  enum class Step : std::uint8_t { method, credentials, reply };

  // Bytes of the message that is awaited, as far as its beginning tells.
  [[nodiscard]] std::size_t message_size() const;
  void take_message(std::string& out);
  void take_method(std::string& out);
  void take_reply();
  void send_credentials(std::string& out);
  void send_request(std::string& out);
  [[nodiscard]] std::uint8_t byte(std::size_t index) const { return static_cast<std::uint8_t>(message_[index]); }

  const base::SocketAddress to_;
  Step step_ = Step::method;
  std::string message_;  // as much as has come of it
};

}  // namespace cachewitness::adapters
