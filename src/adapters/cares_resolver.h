// CaresResolver: ports::Resolver over c-ares. All names of a call are under way together, as far as the bound on
// lookups in flight allows, under one deadline. Numeric addresses are answered at once; /etc/hosts comes before DNS.
#pragma once

#include <string>

#include "ports/resolver.h"

namespace cachewitness::adapters {

class CaresResolver final : public ports::Resolver {
 public:
  // The servers of /etc/resolv.conf, or those named here: "192.0.2.1:53,192.0.2.2".
  explicit CaresResolver(std::string servers = {}) : servers_(std::move(servers)) {}

  // IPv4 and IPv6 come in the order in which RFC 6724 would try them.
  std::vector<ports::Resolved> resolve(std::span<const ports::Query> queries, base::Duration timeout,
                                       const std::function<bool()>& is_stopped) override;

 private:
  std::string servers_;
};

}  // namespace cachewitness::adapters
