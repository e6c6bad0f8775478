// HttpConnect: asks an HTTP proxy for a tunnel by CONNECT (RFC 9110 9.3.6), with Basic credentials (RFC 7617) where it
// has some. They are sent with the first request: a second one, after a 407, would tell the proxy no less.
#pragma once

#include <string>
#include <string_view>

#include "adapters/proxy_handshake.h"
#include "http/head.h"

namespace cachewitness::adapters {

class HttpConnect final : public ProxyHandshake {
 public:
  HttpConnect(const ports::Proxy& proxy, const base::SocketAddress& to) : ProxyHandshake(proxy), to_(to) {}

  void start(std::string& out) override;
  std::size_t receive(std::string_view bytes, std::string& out) override;

 private:
  void take_head();
  void take_defect(http::HeadDefect defect);
  void refuse();
  [[nodiscard]] std::string credentials() const;
  [[nodiscard]] bool repeats_credentials(std::string_view text) const;

  const base::SocketAddress to_;
  std::string raw_head_;
  http::ResponseHead head_;
  int interim_responses_ = 0;
};

}  // namespace cachewitness::adapters
