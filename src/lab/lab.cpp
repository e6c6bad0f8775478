#include "lab/lab.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "base/text.h"
#include "lab/control.h"

namespace cachewitness::lab {

namespace {

constexpr base::Duration first_release_age = std::chrono::days(7);

base::SocketAddress loopback() { return *base::parse_ip("127.0.0.1", 0); }

std::string did_you_mean(std::string_view given, const std::vector<std::string_view>& known) {
  const auto near = base::nearest(given, known);
  return near ? fmt::format("; did you mean \"{}\"?", *near) : std::string();
}

}  // namespace

base::Result<std::unique_ptr<Lab>> Lab::start(ports::Network& network, LabSettings settings) {
  if (settings.regions.empty() || settings.edges_per_region == 0 || settings.replicas == 0 ||
      settings.tenants.empty() || settings.assets.empty()) {
    return base::fail(base::errors::usage,
                      "a lab needs at least one region, edge, origin replica, tenant and asset; raise what is 0");
  }
  if (settings.address == base::SocketAddress{}) {
    settings.address = loopback();
  }
  std::unique_ptr<Lab> lab(new Lab(network, std::move(settings)));
  if (auto opened = lab->open_all(); !opened) {
    return std::unexpected(std::move(opened).error());
  }
  for (const FaultOrder& order : lab->settings_.faults) {
    if (auto planted = lab->plant(order); !planted) {
      return std::unexpected(std::move(planted).error());
    }
  }
  return lab;
}

Lab::Lab(ports::Network& network, LabSettings settings)
    : network_(network),
      settings_(std::move(settings)),
      catalogue_(settings_.tenants, settings_.assets),
      content_(catalogue_),
      draw_(settings_.seed),
      next_port_(settings_.first_port),
      replica_faults_(settings_.replicas) {
  released_at_.emplace(1, settings_.anchor.at(network_.now()) - first_release_age);
}

Lab::~Lab() = default;

base::Result<void> Lab::open(HttpServer& server) {
  base::SocketAddress on = settings_.address;
  on.port = next_port_;
  next_port_ = next_port_ == 0 ? std::uint16_t{0} : static_cast<std::uint16_t>(next_port_ + 1);
  return server.open(on);
}

base::Result<void> Lab::open_all() {
  directory_.regions = settings_.regions;
  directory_.tenants = settings_.tenants;
  directory_.assets = settings_.assets;
  directory_.is_tls = settings_.tls != nullptr;

  control_ = std::make_unique<Control>(network_, *this);
  if (auto opened = open(control_->server()); !opened) {
    return opened;
  }
  directory_.control = control_->server().address();

  const Shop shop{catalogue_, content_, released_at_, settings_.anchor};
  for (std::size_t i = 0; i < settings_.replicas; ++i) {
    auto& replica =
        replicas_.emplace_back(std::make_unique<OriginReplica>(network_, shop, fmt::format("origin-{}", i + 1)));
    if (auto opened = open(replica->server()); !opened) {
      return opened;
    }
    directory_.replicas.push_back({replica->name(), replica->server().address()});
  }
  lagging_replica_ = std::make_unique<OriginReplica>(network_, shop, "origin-lagging");
  if (auto opened = open(lagging_replica_->server()); !opened) {
    return opened;
  }

  for (const std::string& region : settings_.regions) {
    for (std::size_t i = 0; i < settings_.edges_per_region; ++i) {
      EdgeProfile profile{.name = fmt::format("{}-{}", region, i + 1),
                          .region = region,
                          .catalogue = &catalogue_,
                          .anchor = settings_.anchor,
                          .upstream = replicas_[edges_.size() % replicas_.size()]->server().address(),
                          .lagging_upstream = lagging_replica_->server().address()};
      auto& edge = edges_.emplace_back(std::make_unique<Edge>(network_, settings_.tls, std::move(profile)));
      if (auto opened = open(edge->server()); !opened) {
        return opened;
      }
      directory_.edges.push_back({region, edge->profile().name, edge->server().address()});
    }
  }
  return {};
}

std::uint32_t Lab::release() const {
  std::uint32_t newest = 1;
  for (const auto& replica : replicas_) {
    newest = std::max(newest, replica->release());
  }
  return newest;
}

base::Result<void> Lab::deploy(std::uint32_t release, std::optional<std::size_t> replica) {
  if (release == 0 || (replica && *replica >= replicas_.size())) {
    return base::fail(
        base::errors::usage,
        fmt::format("releases count from 1, replicas from 0 to {}; cannot deploy {}{}", replicas_.size() - 1, release,
                    replica ? fmt::format(" to replica {}", *replica) : ""));
  }
  // A release keeps its first time: replicas that get it later serve the very same bytes and fields.
  released_at_.try_emplace(release, settings_.anchor.at(network_.now()));
  if (replica) {
    replicas_[*replica]->deploy(release);
    return {};
  }
  lagging_replica_->deploy(this->release());
  for (const auto& one : replicas_) {
    one->deploy(release);
  }
  content_.forget_before(std::min(release, lagging_replica_->release()));
  return {};
}

Edge* Lab::find_edge(std::string_view name) const {
  for (const auto& edge : edges_) {
    if (edge->profile().name == name) {
      return edge.get();
    }
  }
  return nullptr;
}

OriginReplica* Lab::find_replica(std::string_view name) const {
  for (const auto& replica : replicas_) {
    if (replica->name() == name) {
      return replica.get();
    }
  }
  return nullptr;
}

base::Error Lab::unknown_server(std::string_view name, FaultReach reach) const {
  std::vector<std::string_view> known;
  for (const auto& edge : edges_) {
    known.push_back(edge->profile().name);
  }
  for (const auto& replica : replicas_) {
    if (reach == FaultReach::server) {
      known.push_back(replica->name());
    }
  }
  return {base::errors::unknown_name,
          fmt::format("the lab has no {} \"{}\"{}", reach == FaultReach::server ? "server" : "edge",
                      base::printable(name), did_you_mean(name, known)),
          std::nullopt};
}

base::Result<PlantedFault> Lab::plant(const FaultOrder& order) {
  const FaultReach reach = entry(order.kind).reach;
  if (OriginReplica* replica = find_replica(order.server); replica != nullptr && reach == FaultReach::server) {
    return plant_at_replica(order, *replica);
  }
  Edge* edge = order.server.empty() ? edges_[draw_.next() % edges_.size()].get() : find_edge(order.server);
  if (edge == nullptr) {
    return std::unexpected(unknown_server(order.server, reach));
  }
  return plant_at_edge(order, *edge);
}

base::Result<PlantedFault> Lab::plant_at_replica(const FaultOrder& order, OriginReplica& replica) {
  if (order.kind == FaultKind::down) {
    replica.server().close();
  } else {
    const auto place = std::find_if(replicas_.begin(), replicas_.end(),
                                    [&replica](const auto& other) { return other.get() == &replica; });
    FaultSet& faults = replica_faults_[static_cast<std::size_t>(place - replicas_.begin())];
    faults.add(order.kind);
    replica.set_faults(faults);
  }
  // No edge is to blame, so no verdict on one is expected.
  return planted_.emplace_back(PlantedFault{order.kind, replica.name(), "*", "", ""});
}

base::Result<PlantedFault> Lab::plant_at_edge(const FaultOrder& order, Edge& edge) {
  const FaultEntry& row = entry(order.kind);
  std::string tenant = order.tenant;
  if (order.kind == FaultKind::down) {
    tenant = "*";  // a closed port is closed to everyone
  } else if (tenant.empty()) {
    tenant = row.reach == FaultReach::tenant ? catalogue_.tenants()[draw_.next() % catalogue_.tenants().size()] : "*";
  }
  const auto number = catalogue_.find_tenant(tenant);
  if (!number && tenant != "*") {
    const std::vector<std::string_view> known(catalogue_.tenants().begin(), catalogue_.tenants().end());
    return base::fail(base::errors::unknown_name, fmt::format("the lab has no tenant \"{}\"{}", base::printable(tenant),
                                                              did_you_mean(tenant, known)));
  }
  if (order.kind == FaultKind::down) {
    edge.server().close();
  } else {
    edge.faults().plant(order.kind, number);
  }
  return planted_.emplace_back(PlantedFault{order.kind, edge.profile().name, std::move(tenant), row.state, row.cause});
}

base::Result<void> Lab::reset() {
  planted_.clear();
  replica_faults_.assign(replicas_.size(), {});
  std::vector<HttpServer*> servers;
  for (const auto& replica : replicas_) {
    replica->set_faults({});
    replica->deploy(1);
    servers.push_back(&replica->server());
  }
  lagging_replica_->deploy(1);
  for (const auto& edge : edges_) {
    edge->faults().clear();
    edge->store().clear();
    servers.push_back(&edge->server());
  }
  for (HttpServer* server : servers) {
    if (server->is_open()) {
      continue;
    }
    if (auto opened = server->open(server->address()); !opened) {
      return opened;
    }
  }
  return {};
}

}  // namespace cachewitness::lab
