// Resolver: names to addresses. A run asks once, for all its names together, before the first probe; what it is
// told then holds for the whole run.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/failure.h"
#include "base/socket_address.h"
#include "base/time.h"

namespace cachewitness::ports {

struct Query {
  std::string host;  // a name or a numeric address
  std::uint16_t port = 0;
  std::optional<base::SocketAddress::Family> family{};  // nothing = either
};

// At least one address, each once and with the query's port, in the order in which they should be tried; or a Failure
// of stage `resolve` and cause `dns`, `timeout` or `cancelled`.
using Resolved = std::expected<std::vector<base::SocketAddress>, base::Failure>;

class Resolver {
 public:
  virtual ~Resolver() = default;
  // An answer to each query, in the order of the queries. A name that is asked for twice is looked up once. What is not
  // known when `timeout` has passed, or once `is_stopped` says so (asked at least every 20 ms), has failed.
  virtual std::vector<Resolved> resolve(std::span<const Query> queries, base::Duration timeout,
                                        const std::function<bool()>& is_stopped) = 0;
};

}  // namespace cachewitness::ports
