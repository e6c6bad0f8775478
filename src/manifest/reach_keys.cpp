#include "manifest/reach_keys.h"

#include <array>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "manifest/fault_ids.h"
#include "manifest/url_parts.h"
#include "manifest/value_readers.h"

namespace cachewitness::manifest {

namespace {

using Kind = Shape::Kind;

constexpr std::array<std::pair<std::string_view, ProxyServer::Kind>, 2> proxy_schemes{
    {{"http://", ProxyServer::Kind::http}, {"socks5://", ProxyServer::Kind::socks5}}};

std::optional<ProxyServer> parse_proxy(std::string_view text) {
  ProxyServer proxy;
  if (text == "direct") {
    return proxy;
  }
  for (const auto& [scheme, kind] : proxy_schemes) {
    if (!text.starts_with(scheme)) {
      continue;
    }
    const auto split = base::parse_host_port(text.substr(scheme.size()));
    if (!split || !split->port || !(base::parse_ip(split->host, 0) || is_valid_authority(split->host))) {
      return std::nullopt;
    }
    proxy.kind = kind;
    proxy.host = split->host;
    proxy.port = *split->port;
    return proxy;
  }
  return std::nullopt;
}

void read_secret(Binder& binder, const YamlNode& node, const Shape& shape, std::string_view name,
                 std::optional<SecretRef>& out) {
  SecretRef secret;
  if (node.kind == YamlNode::Kind::scalar && !node.is_null()) {
    tell_literal_secret(binder, node, name);
  } else if (read(binder, node, shape, secret)) {
    out = std::move(secret);
  }
}

std::string_view name_of(base::SocketAddress::Family family) {
  return family == base::SocketAddress::Family::v4 ? "IPv4" : "IPv6";
}

// Where `reach` connects to first: through a proxy, that one. Nothing where it is a name.
void check_families(const Reach& reach, const std::string& host, std::string_view who, const base::SourceSpan& where,
                    Binder& binder) {
  const bool is_through_proxy = reach.proxy && reach.proxy->kind != ProxyServer::Kind::direct;
  const auto to = base::parse_ip(is_through_proxy ? reach.proxy->host : host, 0);
  const auto address = base::parse_ip(host, 0);
  const auto wanted = family_of(reach);
  if (reach.source && to && reach.source->family != to->family) {
    binder.fault(faults::bad_value,
                 fmt::format("{} cannot be reached from {}: {} is {}; give it a source of its own", who,
                             reach.source->ip_text(), to->ip_text(), name_of(to->family)),
                 where.line, where.column);
  } else if (reach.source && !is_through_proxy && wanted != reach.source->family) {
    binder.fault(
        faults::bad_value,
        fmt::format("{} has the source {}, but its family is {}", who, reach.source->ip_text(), name_of(*wanted)),
        where.line, where.column);
  } else if (wanted && address && *wanted != address->family) {
    binder.fault(faults::bad_value,
                 fmt::format("{} has the address {}, but its family is {}", who, address->ip_text(), name_of(*wanted)),
                 where.line, where.column);
  }
}

void check_credentials(const Reach& reach, std::string_view who, const base::SourceSpan& where, Binder& binder) {
  const bool has_proxy = reach.proxy && reach.proxy->kind != ProxyServer::Kind::direct;
  if (reach.proxy_user.has_value() != reach.proxy_password.has_value()) {
    binder.fault(faults::missing_key,
                 fmt::format("{} needs both \"proxy_user\" and \"proxy_password\", or neither", who), where.line,
                 where.column);
  } else if (reach.proxy_user && !has_proxy) {
    binder.fault(faults::missing_key,
                 fmt::format("{} has \"proxy_user\", but no \"proxy\" of its own to show it to", who), where.line,
                 where.column);
  }
}

}  // namespace

const Shape& family_shape() {
  static const Shape shape{.kind = Kind::any_of,
                           .parts = {{.kind = Kind::text, .allowed = {"any", "4", "6"}},
                                     {.kind = Kind::count, .least = 4, .most = 4},
                                     {.kind = Kind::count, .least = 6, .most = 6}},
                           .expected = "any, 4 or 6"};
  return shape;
}

const Shape& source_shape() {
  static const Shape shape{.kind = Kind::text, .expected = "a numeric address without a port, such as 192.0.2.7"};
  return shape;
}

const Shape& proxy_shape() {
  static const Shape shape{.kind = Kind::text,
                           .pattern = "^(direct|(http|socks5)://[^/?#@]+:[0-9]+)$",
                           .expected = "http://host:port, socks5://host:port or direct"};
  return shape;
}

void read_family(Binder& binder, const YamlNode& node, const Shape& shape, Reach& out) {
  constexpr std::array<std::pair<std::string_view, AddressFamily>, 3> families{
      {{"any", AddressFamily::any}, {"4", AddressFamily::v4}, {"6", AddressFamily::v6}}};
  for (const auto& [word, family] : families) {
    if (node.kind == YamlNode::Kind::scalar && node.text == word) {
      out.family = family;
      return;
    }
  }
  binder.wrong_type(node, shape);
}

void read_source(Binder& binder, const YamlNode& node, const Shape& shape, Reach& out) {
  std::string text;
  if (!read(binder, node, shape, text)) {
    return;
  }
  out.source = base::parse_ip(text, 0);
  if (!out.source) {
    binder.fault(faults::bad_value,
                 fmt::format("bad source \"{}\"; expected {}", base::printable(text, 60), expected_phrase(shape)),
                 node);
  }
}

void read_proxy(Binder& binder, const YamlNode& node, const Shape& shape, Reach& out) {
  std::string text;
  if (!read(binder, node, shape, text)) {
    return;
  }
  if (text.find('@') != std::string::npos) {  // "http://user:password@host": neither shown nor taken
    binder.fault(faults::literal_secret,
                 "credentials in \"proxy\" (not shown); a manifest only refers to secrets: write \"proxy_user: {env: "
                 "NAME}\" and \"proxy_password: {env: NAME}\" beside it",
                 node);
    return;
  }
  out.proxy = parse_proxy(text);
  if (!out.proxy) {
    binder.fault(faults::bad_value,
                 fmt::format("bad proxy \"{}\"; expected {}", base::printable(text, 80), expected_phrase(shape)), node);
  }
}

void read_proxy_user(Binder& binder, const YamlNode& node, const Shape& shape, Reach& out) {
  read_secret(binder, node, shape, "proxy_user", out.proxy_user);
}

void read_proxy_password(Binder& binder, const YamlNode& node, const Shape& shape, Reach& out) {
  read_secret(binder, node, shape, "proxy_password", out.proxy_password);
}

void check_reach(const Environment& environment, Binder& binder) {
  check_credentials(environment.reach, fmt::format("environment \"{}\"", environment.name), environment.where, binder);
  for (const OriginReplica& replica : environment.origin.replicas) {
    check_families(environment.reach, replica.host, fmt::format("replica \"{}\"", replica.url), replica.where, binder);
  }
  for (const Region& region : environment.regions) {
    for (const Edge& edge : region.edges) {
      const std::string who = fmt::format("edge \"{}\"", edge.name);
      check_credentials(edge.reach, who, edge.where, binder);
      check_families(reach_of_edge(environment.reach, edge.reach), edge.host, who, edge.where, binder);
    }
  }
}

}  // namespace cachewitness::manifest
