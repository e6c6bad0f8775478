#include "manifest/check_http.h"

#include <algorithm>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "manifest/fault_ids.h"

namespace cachewitness::manifest {

namespace {

// Calls `act` with each edge that is asked over HTTP/3, until it returns true.
template <typename Act>
bool any_http3_edge(const Environment& environment, Act act) {
  return std::ranges::any_of(environment.regions, [&](const Region& region) {
    return std::ranges::any_of(region.edges, [&](const Edge& edge) {
      return http_of_edge(environment, edge) == HttpChoice::http3 && act(edge);
    });
  });
}

bool is_plain(const UrlTemplate& url) { return !url.empty() && url.pieces().front().text.starts_with("http://"); }

// What stands against HTTP/3 whoever is asked; empty = nothing.
std::string objection(const Environment& environment, const Features& features) {
  if (!features.has_http3) {
    return "this build speaks no HTTP/3; build with -D CACHEWITNESS_HTTP3=ON";
  }
  if (is_plain(environment.url)) {
    return fmt::format(
        "HTTP/3 is spoken over TLS alone, and the URL of environment \"{}\" starts with http://; write "
        "https://, or another word than h3",
        environment.name);
  }
  return {};
}

void check_proxy(const Environment& environment, const Edge& edge, Binder& binder) {
  const Reach reach = reach_of_edge(environment.reach, edge.reach);
  if (reach.proxy && reach.proxy->kind != ProxyServer::Kind::direct) {
    binder.fault(faults::bad_value,
                 fmt::format("edge \"{}\" is behind the proxy {}, which carries no HTTP/3; give the edge \"proxy: "
                             "direct\" or another \"http\"",
                             edge.name, reach.proxy->host),
                 edge.where.line, edge.where.column);
  }
}

}  // namespace

bool asks_for_http3(const Environment& environment) {
  return any_http3_edge(environment, [](const Edge&) { return true; });
}

void check_http(const Environment& environment, const YamlNode& written, const Features& features, Binder& binder) {
  const std::string against = objection(environment, features);
  if (against.empty()) {
    any_http3_edge(environment, [&](const Edge& edge) {
      check_proxy(environment, edge, binder);
      return false;
    });
    return;
  }
  const base::ErrorId id = features.has_http3 ? faults::bad_value : faults::unsupported;
  if (const YamlNode* word = written.find("http"); environment.http == HttpChoice::http3 && word != nullptr) {
    binder.fault(id, fmt::format("\"http\": {}", against), *word);
    return;
  }
  any_http3_edge(environment, [&](const Edge& edge) {
    binder.fault(id, fmt::format("edge \"{}\": {}", edge.name, against), edge.where.line, edge.where.column);
    return false;
  });
}

}  // namespace cachewitness::manifest
