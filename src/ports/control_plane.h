// ControlPlane: HTTP calls to a provider's API or to a cache's own, several at once. Who calls decides when and how
// often; this only carries.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/failure.h"
#include "base/time.h"

namespace cachewitness::ports {

struct ControlRequest {
  std::string method;
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::string connect_to;  // "host:port" instead of the URL's own; Host and SNI stay the URL's
  std::string ca_file;     // PEM bundle; empty = the system's trust store
  base::Duration timeout = std::chrono::seconds(30);
};

struct ControlAnswer {
  std::uint64_t id = 0;  // as given to start()
  int status = 0;        // 0 = none came: see `failure`
  std::string head;      // status line and fields, of the last head
  std::string body;      // at most 1 MiB
  // A stage of `resolve`, `connect` or `tls` means that nothing of the request left; from `request` on the peer may
  // have acted on it.
  std::optional<base::Failure> failure;
};

class ControlPlane {
 public:
  virtual ~ControlPlane() = default;
  virtual void start(std::uint64_t id, const ControlRequest& request) = 0;
  // What has come since, at the latest when `limit` has passed. Nothing where nothing came.
  virtual std::vector<ControlAnswer> wait(base::Duration limit) = 0;
};

}  // namespace cachewitness::ports
