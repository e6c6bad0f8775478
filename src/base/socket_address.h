// SocketAddress: a numeric IPv4 or IPv6 address and a port. Text in, text out; no resolving.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cachewitness::base {

struct SocketAddress {
  enum class Family : std::uint8_t { v4, v6 };

  Family family = Family::v4;
  std::array<std::uint8_t, 16> bytes{};  // network order; the first 4 for v4
  std::uint16_t port = 0;

  friend auto operator<=>(const SocketAddress&, const SocketAddress&) = default;

  // "203.0.113.10:443", "[2001:db8::1]:443".
  [[nodiscard]] std::string text() const;
  // The same without the port: "203.0.113.10", "2001:db8::1".
  [[nodiscard]] std::string ip_text() const;
};

// A numeric address without a port: "203.0.113.10", "2001:db8::1". Strict: "127.1" is none.
[[nodiscard]] std::optional<SocketAddress> parse_ip(std::string_view ip, std::uint16_t port);

// "host:port" or "[v6]:port" or "host" split in two; the host may be a name. Nothing where the port is not 1..65535.
struct HostPort {
  std::string host;
  std::optional<std::uint16_t> port;
};
[[nodiscard]] std::optional<HostPort> parse_host_port(std::string_view text);

}  // namespace cachewitness::base
