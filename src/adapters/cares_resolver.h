// CaresResolver: ports::Resolver over c-ares, synchronous, with one deadline over all servers and tries.
// Numeric addresses are answered at once; /etc/hosts comes before DNS.
#pragma once

#include <string>

#include "ports/resolver.h"

namespace cachewitness::adapters {

class CaresResolver final : public ports::Resolver {
 public:
  // The servers of /etc/resolv.conf, or those named here: "192.0.2.1:53,192.0.2.2".
  explicit CaresResolver(std::string servers = {}) : servers_(std::move(servers)) {}

  // IPv4 and IPv6, in the order in which RFC 6724 would try them.
  std::expected<std::vector<base::SocketAddress>, base::Failure> resolve(const std::string& host, std::uint16_t port,
                                                                         base::Duration timeout) override;

 private:
  std::string servers_;
};

}  // namespace cachewitness::adapters
