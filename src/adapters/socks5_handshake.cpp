#include "adapters/socks5_handshake.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/assert.h"

namespace cachewitness::adapters {

namespace {

using base::FailureCause;

constexpr std::uint8_t version = 5;
constexpr std::uint8_t credentials_version = 1;  // RFC 1929 2
constexpr std::uint8_t method_none = 0x00;
constexpr std::uint8_t method_credentials = 0x02;
constexpr std::uint8_t method_refused = 0xFF;
constexpr std::uint8_t command_connect = 1;
constexpr std::uint8_t type_v4 = 1;
constexpr std::uint8_t type_name = 3;
constexpr std::uint8_t type_v6 = 4;

struct ReplyMeaning {
  FailureCause cause;
  std::string_view text;
};
// RFC 1928 6, from 1.
constexpr std::array<ReplyMeaning, 8> replies{{{FailureCause::refused, "general SOCKS server failure"},
                                               {FailureCause::refused, "connection not allowed by ruleset"},
                                               {FailureCause::unreachable, "network unreachable"},
                                               {FailureCause::unreachable, "host unreachable"},
                                               {FailureCause::refused, "connection refused"},
                                               {FailureCause::unreachable, "TTL expired"},
                                               {FailureCause::refused, "command not supported"},
                                               {FailureCause::unreachable, "address type not supported"}}};

void append_byte(std::string& out, std::size_t value) { out += static_cast<char>(static_cast<std::uint8_t>(value)); }

}  // namespace

Socks5Handshake::Socks5Handshake(const ports::Proxy& proxy, const base::SocketAddress& to)
    : ProxyHandshake(proxy), to_(to) {
  CW_ASSERT(proxy.user.size() <= 255 && proxy.password.size() <= 255);
}

void Socks5Handshake::start(std::string& out) {
  const bool has_credentials = !proxy().user.empty();
  append_byte(out, version);
  append_byte(out, has_credentials ? 2 : 1);
  append_byte(out, method_none);
  if (has_credentials) {
    append_byte(out, method_credentials);
  }
}

std::size_t Socks5Handshake::receive(std::string_view bytes, std::string& out) {
  std::size_t taken = 0;
  while (state() == State::talking && taken < bytes.size()) {
    const std::size_t wanted = message_size() - message_.size();
    const std::string_view part = bytes.substr(taken, wanted);
    message_.append(part);
    taken += part.size();
    if (message_.size() == message_size()) {
      take_message(out);
    }
  }
  return taken;
}

std::size_t Socks5Handshake::message_size() const {
  constexpr std::size_t status_bytes = 2;  // version and answer, which are all there is of the other messages
  constexpr std::size_t fixed_bytes = 4;
  if (step_ != Step::reply || message_.size() < status_bytes || byte(0) != version || byte(1) != 0) {
    return status_bytes;  // a refusal is told at once: what follows it does not matter
  }
  if (message_.size() <= fixed_bytes) {
    return fixed_bytes + 1;  // and a byte of the address, which may be the length of a name
  }
  constexpr std::size_t port_bytes = 2;
  switch (byte(3)) {
    case type_v4:
      return fixed_bytes + 4 + port_bytes;
    case type_v6:
      return fixed_bytes + 16 + port_bytes;
    case type_name:
      return fixed_bytes + 1 + byte(4) + port_bytes;
    default:
      return fixed_bytes + 1;  // told at once
  }
}

void Socks5Handshake::take_message(std::string& out) {
  switch (step_) {
    case Step::method:
      take_method(out);
      break;
    case Step::credentials:
      if (byte(0) != credentials_version) {
        fail(FailureCause::malformed, "answered with what is not SOCKS5");
      } else if (byte(1) != 0) {
        fail(FailureCause::refused, "does not accept proxy_user and proxy_password");
      } else {
        send_request(out);
      }
      break;
    case Step::reply:
      take_reply();
      break;
  }
  message_.clear();
}

void Socks5Handshake::take_method(std::string& out) {
  const bool has_credentials = !proxy().user.empty();
  if (byte(0) != version) {
    return fail(FailureCause::malformed, "answered with what is not SOCKS5");
  }
  switch (byte(1)) {
    case method_none:
      return send_request(out);
    case method_credentials:
      if (has_credentials) {
        return send_credentials(out);
      }
      break;
    case method_refused:
      return fail(FailureCause::refused, has_credentials
                                             ? "accepts neither proxy_user and proxy_password nor their absence"
                                             : "wants credentials; give it proxy_user and proxy_password");
    default:
      break;
  }
  fail(FailureCause::malformed, fmt::format("chose the method {}, which it was not offered", byte(1)));
}

void Socks5Handshake::send_credentials(std::string& out) {
  step_ = Step::credentials;
  append_byte(out, credentials_version);
  append_byte(out, proxy().user.size());
  out += proxy().user;
  append_byte(out, proxy().password.size());
  out += proxy().password;
}

void Socks5Handshake::send_request(std::string& out) {
  step_ = Step::reply;
  const bool is_v4 = to_.family == base::SocketAddress::Family::v4;
  append_byte(out, version);
  append_byte(out, command_connect);
  append_byte(out, 0);
  append_byte(out, is_v4 ? type_v4 : type_v6);
  out.append(reinterpret_cast<const char*>(to_.bytes.data()), is_v4 ? 4 : 16);
  append_byte(out, to_.port >> 8U);
  append_byte(out, to_.port & 0xFFU);
}

void Socks5Handshake::take_reply() {
  if (byte(0) != version) {
    return fail(FailureCause::malformed, "answered with what is not SOCKS5");
  }
  const std::uint8_t code = byte(1);
  if (code > replies.size()) {
    return fail(FailureCause::malformed, fmt::format("answered the request with {}, which means nothing", code));
  }
  if (code != 0) {
    const ReplyMeaning& meaning = replies[code - 1U];
    return fail(meaning.cause, fmt::format("answered the request with {}: {}", code, meaning.text));
  }
  if (byte(3) != type_v4 && byte(3) != type_v6 && byte(3) != type_name) {
    return fail(FailureCause::malformed, fmt::format("answered with an address of the type {}", byte(3)));
  }
  open();
}

}  // namespace cachewitness::adapters
