#include "base/socket_address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#include <fmt/format.h>

namespace cachewitness::base {

namespace {

std::optional<std::uint16_t> parse_port(std::string_view text) {
  unsigned port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size() || port == 0 || port > 65535) {
    return std::nullopt;
  }
  return static_cast<std::uint16_t>(port);
}

}  // namespace

std::string SocketAddress::ip_text() const {
  char buffer[INET6_ADDRSTRLEN] = {};
  const int kind = family == Family::v4 ? AF_INET : AF_INET6;
  inet_ntop(kind, bytes.data(), buffer, sizeof buffer);
  return buffer;
}

std::string SocketAddress::text() const {
  return family == Family::v4 ? fmt::format("{}:{}", ip_text(), port) : fmt::format("[{}]:{}", ip_text(), port);
}

std::optional<SocketAddress> parse_ip(std::string_view ip, std::uint16_t port) {
  std::array<char, INET6_ADDRSTRLEN> text{};  // inet_pton wants an end
  if (ip.size() >= text.size() || ip.contains('\0')) {
    return std::nullopt;
  }
  std::ranges::copy(ip, text.begin());
  SocketAddress address;
  address.port = port;
  if (inet_pton(AF_INET, text.data(), address.bytes.data()) == 1) {
    return address;
  }
  if (inet_pton(AF_INET6, text.data(), address.bytes.data()) == 1) {
    address.family = SocketAddress::Family::v6;
    return address;
  }
  return std::nullopt;
}

std::optional<HostPort> parse_host_port(std::string_view text) {
  HostPort out;
  std::string_view rest;
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == std::string_view::npos || !parse_ip(text.substr(1, end - 1), 0)) {
      return std::nullopt;
    }
    out.host = text.substr(1, end - 1);
    rest = text.substr(end + 1);
  } else if (parse_ip(text, 0)) {
    out.host = text;  // a bare IPv6 address has colons of its own
  } else {
    const auto colon = text.find(':');
    out.host = text.substr(0, colon);
    rest = colon == std::string_view::npos ? std::string_view{} : text.substr(colon);
  }
  if (out.host.empty()) {
    return std::nullopt;
  }
  if (!rest.empty()) {
    out.port = rest.front() == ':' ? parse_port(rest.substr(1)) : std::nullopt;
    if (!out.port) {
      return std::nullopt;
    }
  }
  return out;
}

}  // namespace cachewitness::base
