// Resolver: names to addresses, asked once a run, before the first probe.
#pragma once

#include <expected>
#include <string>
#include <vector>

#include "base/failure.h"
#include "base/socket_address.h"
#include "base/time.h"

namespace cachewitness::ports {

class Resolver {
 public:
  virtual ~Resolver() = default;
  // Addresses carry `port`. A Failure has stage `resolve` and cause `dns` or `timeout`.
  virtual std::expected<std::vector<base::SocketAddress>, base::Failure> resolve(const std::string& host,
                                                                                 std::uint16_t port,
                                                                                 base::Duration timeout) = 0;
};

}  // namespace cachewitness::ports
