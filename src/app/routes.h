// From the manifest's hosts, families, sources and proxies to the routes that the lanes of a run take. Names are
// resolved all together, once; what they turn out to be holds for the whole run.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "app/ports.h"
#include "app/request_sources.h"
#include "base/result.h"
#include "base/secret.h"
#include "manifest/reach.h"
#include "plan/plan.h"
#include "probe/prober.h"

namespace cachewitness::app {

// What one lane is to be sent to, as the manifest has it.
struct Destination {
  std::string name;  // `edge "us-west-1"`, for a person
  std::string host;
  std::uint16_t port = 0;
  manifest::Reach reach;       // of the edge and its environment together
  std::string proxy_user;      // as read; empty = none
  std::string proxy_password;  // as read
  bool is_tls = false;
  const manifest::Tls* tls = nullptr;  // the environment's
  manifest::HttpChoice http = manifest::HttpChoice::automatic;
};

// In the order of the prober's lanes: replicas, then the plan's edges.
[[nodiscard]] std::vector<Destination> destinations_of(const plan::Plan& plan,
                                                       const std::vector<ReplicaLane>& replicas);

// Reads the credentials of their proxies, each secret once. `secrets` gets every form of them, for masking.
[[nodiscard]] base::Result<void> read_proxy_credentials(const Ports& ports, std::vector<Destination>& destinations,
                                                        std::vector<base::Secret>& secrets);

// A target for each destination; what cannot be resolved in time is a target with a failure. `note` is told of names
// that have more addresses than the one which is used.
[[nodiscard]] std::vector<probe::LaneTarget> find_routes(ports::Resolver& resolver,
                                                         const std::vector<Destination>& destinations,
                                                         base::Duration timeout,
                                                         const std::function<bool()>& is_stopped,
                                                         const std::function<void(const std::string&)>& note);

}  // namespace cachewitness::app
