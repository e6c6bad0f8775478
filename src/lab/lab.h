// Lab: a CDN of one's own on loopback: origin replicas, caching edges in regions, and faults to plant.
// One thread: everything happens inside turn() of the network it is given, so that it runs over real sockets
// as well as in virtual time. Knows nothing of probes and verdicts.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/socket_address.h"
#include "base/time.h"
#include "lab/catalogue.h"
#include "lab/content.h"
#include "lab/directory.h"
#include "lab/draw.h"
#include "lab/edge.h"
#include "lab/fault.h"
#include "lab/origin.h"
#include "ports/network.h"

namespace cachewitness::lab {

struct LabSettings {
  std::vector<std::string> regions = region_names(4);
  std::size_t edges_per_region = 3;
  std::vector<std::string> tenants = tenant_names(847);
  std::vector<std::string> assets{"/asset.js"};
  std::size_t replicas = 2;
  base::SocketAddress address;            // of all listeners; its port is ignored. Default: 127.0.0.1
  std::uint16_t first_port = 0;           // control, replicas, edges from here on; 0 = any free ones
  std::uint64_t seed = 1;                 // chooses what fault orders leave open
  std::vector<FaultOrder> faults;         // planted at the start
  base::ClockAnchor anchor;               // what the servers' Date starts from
  const ports::TlsServer* tls = nullptr;  // of the edges; outlives the lab
};

class Control;

class Lab {
 public:
  // Listening from the first moment. `network` outlives the lab.
  static base::Result<std::unique_ptr<Lab>> start(ports::Network& network, LabSettings settings);
  ~Lab();
  Lab(const Lab&) = delete;
  Lab& operator=(const Lab&) = delete;

  [[nodiscard]] const Directory& directory() const { return directory_; }
  // The newest release that any replica serves; 1 at the start.
  [[nodiscard]] std::uint32_t release() const;
  [[nodiscard]] const std::vector<std::unique_ptr<OriginReplica>>& replicas() const { return replicas_; }
  [[nodiscard]] const std::vector<std::unique_ptr<Edge>>& edges() const { return edges_; }

  // To one replica, or to all: then the lagging server, which some edges are refilled from, gets the release before.
  base::Result<void> deploy(std::uint32_t release, std::optional<std::size_t> replica = std::nullopt);
  // An unknown server or tenant is an Error that names the nearest known one.
  base::Result<PlantedFault> plant(const FaultOrder& order);
  [[nodiscard]] const std::vector<PlantedFault>& planted() const { return planted_; }
  // No faults, empty caches, release 1, every server up.
  base::Result<void> reset();

 private:
  Lab(ports::Network& network, LabSettings settings);

  base::Result<void> open_all();
  base::Result<void> open(HttpServer& server);
  [[nodiscard]] Edge* find_edge(std::string_view name) const;
  [[nodiscard]] OriginReplica* find_replica(std::string_view name) const;
  [[nodiscard]] base::Error unknown_server(std::string_view name, FaultReach reach) const;
  base::Result<PlantedFault> plant_at_replica(const FaultOrder& order, OriginReplica& replica);
  base::Result<PlantedFault> plant_at_edge(const FaultOrder& order, Edge& edge);

  ports::Network& network_;
  LabSettings settings_;
  Catalogue catalogue_;
  Content content_;
  ReleaseTimes released_at_;
  Draw draw_;
  std::uint16_t next_port_ = 0;
  std::vector<std::unique_ptr<OriginReplica>> replicas_;
  std::unique_ptr<OriginReplica> lagging_replica_;
  std::vector<std::unique_ptr<Edge>> edges_;
  std::unique_ptr<Control> control_;
  std::vector<PlantedFault> planted_;
  std::vector<FaultSet> replica_faults_;  // by replica
  Directory directory_;
};

}  // namespace cachewitness::lab
