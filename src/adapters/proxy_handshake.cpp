#include "adapters/proxy_handshake.h"

#include <fmt/format.h>

#include "adapters/http_connect.h"
#include "adapters/socks5_handshake.h"

namespace cachewitness::adapters {

void ProxyHandshake::receive_failure(const base::Failure& failure) {
  fail(failure.cause, fmt::format("is out of reach: {}", failure.detail));
}

void ProxyHandshake::fail(base::FailureCause cause, std::string_view what) {
  state_ = State::failed;
  failure_ = {base::Stage::connect, cause, fmt::format("proxy {} {}", proxy_.address.text(), what)};
}

std::unique_ptr<ProxyHandshake> make_proxy_handshake(const ports::Proxy& proxy, const base::SocketAddress& to) {
  if (proxy.kind == ports::Proxy::Kind::http) {
    return std::make_unique<HttpConnect>(proxy, to);
  }
  return std::make_unique<Socks5Handshake>(proxy, to);
}

}  // namespace cachewitness::adapters
