#include "app/routes.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "app/secrets.h"
#include "base/base64.h"

namespace cachewitness::app {

namespace {

using manifest::ProxyServer;

bool has_proxy(const Destination& destination) {
  return destination.reach.proxy && destination.reach.proxy->kind != ProxyServer::Kind::direct;
}

// Every secret is read once, though a hundred edges share it.
class SecretReader {
 public:
  explicit SecretReader(const Ports& ports) : ports_(ports) {}

  base::Result<std::string> read(const manifest::SecretRef& reference, std::vector<base::Secret>& secrets) {
    const auto place = std::pair(reference.where.line, reference.where.column);
    if (const auto known = values_.find(place); known != values_.end()) {
      return std::string(known->second.expose());
    }
    auto secret = read_secret(ports_, reference);
    if (!secret) {
      return std::unexpected(std::move(secret).error());
    }
    secrets.push_back(*secret);
    return std::string(values_.emplace(place, std::move(*secret)).first->second.expose());
  }

 private:
  const Ports& ports_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, base::Secret> values_;
};

// What the proxy's protocol cannot carry; empty = it can.
std::string_view objection_to(const Destination& destination) {
  constexpr std::size_t longest_socks_value = 255;  // RFC 1929 2
  if (destination.reach.proxy->kind == ProxyServer::Kind::socks5) {
    const std::size_t longest = std::max(destination.proxy_user.size(), destination.proxy_password.size());
    return longest > longest_socks_value ? "is longer than 255 bytes, which SOCKS5 cannot carry" : "";
  }
  return destination.proxy_user.find(':') != std::string::npos ? "holds a colon, which ends it in HTTP's credentials"
                                                               : "";
}

std::vector<ports::Query> queries_of(const std::vector<Destination>& destinations) {
  std::vector<ports::Query> queries;
  for (const Destination& destination : destinations) {
    queries.push_back({destination.host, destination.port, manifest::family_of(destination.reach)});
  }
  for (const Destination& destination : destinations) {
    if (has_proxy(destination)) {
      const auto& source = destination.reach.source;
      queries.push_back({destination.reach.proxy->host, destination.reach.proxy->port,
                         source ? std::optional(source->family) : std::nullopt});
    }
  }
  return queries;
}

// `addresses` are those of a name, the best first.
ports::Route route_to(const Destination& destination, const std::vector<base::SocketAddress>& addresses) {
  ports::Route route = addresses.front();
  route.source = destination.reach.source;
  const auto other = std::ranges::find_if(
      addresses, [&route](const base::SocketAddress& address) { return address.family != route.to.family; });
  if (other != addresses.end() && !has_proxy(destination)) {
    route.otherwise = *other;
  }
  return route;
}

ports::Proxy proxy_at(const Destination& destination, const base::SocketAddress& address) {
  const bool is_http = destination.reach.proxy->kind == ProxyServer::Kind::http;
  return {is_http ? ports::Proxy::Kind::http : ports::Proxy::Kind::socks5, address, destination.proxy_user,
          destination.proxy_password};
}

// Names with a second family are common, and lead to the same servers; a second address of one family may not.
void note_other_addresses(const Destination& destination, const std::vector<base::SocketAddress>& addresses,
                          const std::function<void(const std::string&)>& note) {
  const auto count = std::ranges::count(addresses, addresses.front().family, &base::SocketAddress::family);
  if (count > 1) {
    note(fmt::format(
        "{} is one address of {} that {} has: {}; write an edge for each address to have all of them probed",
        destination.name, count, destination.host, addresses.front().ip_text()));
  }
}

// An environment's `http` is a word about its edges. An origin behind them speaks what it can, but nothing newer than
// its edges may.
manifest::HttpChoice http_of_origin(manifest::HttpChoice edges) {
  return edges == manifest::HttpChoice::http1 ? edges : manifest::HttpChoice::automatic;
}

}  // namespace

std::vector<Destination> destinations_of(const plan::Plan& plan, const std::vector<ReplicaLane>& replicas) {
  const manifest::Manifest& manifest = plan.manifest();
  std::vector<Destination> destinations;
  for (const ReplicaLane& lane : replicas) {
    const manifest::Environment& environment = manifest.environments[lane.environment];
    destinations.push_back({fmt::format("replica \"{}\"", lane.settings->url), lane.settings->host, lane.settings->port,
                            environment.reach, "", "", lane.settings->is_tls, &environment.tls,
                            http_of_origin(environment.http)});
  }
  plan::Request sample;
  for (const plan::Lane& lane : plan.lanes()) {
    const manifest::Environment& environment = manifest.environments[lane.environment];
    plan.render(lane, plan.combination(0), sample);
    const std::uint16_t port = lane.settings->port != 0 ? lane.settings->port : sample.port;
    destinations.push_back({fmt::format("edge \"{}\"", lane.settings->name), lane.settings->host, port,
                            manifest::reach_of_edge(environment.reach, lane.settings->reach), "", "", sample.is_tls,
                            &environment.tls, manifest::http_of_edge(environment, *lane.settings)});
  }
  return destinations;
}

base::Result<void> read_proxy_credentials(const Ports& ports, std::vector<Destination>& destinations,
                                          std::vector<base::Secret>& secrets) {
  SecretReader reader(ports);
  for (Destination& destination : destinations) {
    const manifest::Reach& reach = destination.reach;
    if (!has_proxy(destination) || !reach.proxy_user || !reach.proxy_password) {
      continue;
    }
    auto user = reader.read(*reach.proxy_user, secrets);
    if (!user) {
      return std::unexpected(std::move(user).error());
    }
    auto password = reader.read(*reach.proxy_password, secrets);
    if (!password) {
      return std::unexpected(std::move(password).error());
    }
    destination.proxy_user = std::move(*user);
    destination.proxy_password = std::move(*password);
    if (const std::string_view objection = objection_to(destination); !objection.empty()) {
      return base::fail(base::errors::missing_secret, fmt::format("the secret {}", objection), reach.proxy_user->where);
    }
    secrets.emplace_back(base::base64(destination.proxy_user + ":" + destination.proxy_password));
  }
  return {};
}

std::vector<probe::LaneTarget> find_routes(ports::Resolver& resolver, const std::vector<Destination>& destinations,
                                           base::Duration timeout, const std::function<bool()>& is_stopped,
                                           const std::function<void(const std::string&)>& note) {
  const std::vector<ports::Resolved> answers = resolver.resolve(queries_of(destinations), timeout, is_stopped);
  std::size_t next_proxy = destinations.size();
  std::vector<probe::LaneTarget> targets;
  for (std::size_t i = 0; i < destinations.size(); ++i) {
    const Destination& destination = destinations[i];
    const ports::Resolved& found = answers[i];
    const ports::Resolved* const proxy = has_proxy(destination) ? &answers[next_proxy++] : nullptr;
    probe::LaneTarget& target = targets.emplace_back();
    target.ca_file = destination.tls->ca_file;
    target.sharing = destination.tls->sharing;
    target.resumes_sessions = destination.tls->is_resuming;
    target.http = destination.http;
    if (!found) {
      target.failure = found.error();
      continue;
    }
    note_other_addresses(destination, *found, note);
    if (proxy != nullptr && !*proxy) {
      target.failure = proxy->error();
      target.failure.detail = "proxy: " + target.failure.detail;
      continue;
    }
    target.route = route_to(destination, *found);
    if (proxy != nullptr) {
      target.route->proxy = proxy_at(destination, (*proxy)->front());
    }
  }
  return targets;
}

}  // namespace cachewitness::app
