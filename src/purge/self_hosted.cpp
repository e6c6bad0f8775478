// Sources: nginx-modules/ngx_cache_purge, docs.trafficserver.apache.org, wiki.squid-cache.org, docs.souin.io. What an
// answer proves differs: Souin says 204 for what it never held, the others tell.
#include "purge/self_hosted.h"

#include <string>

#include <fmt/format.h>

#include "base/json_writer.h"
#include "purge/any_api.h"
#include "purge/driver.h"
#include "purge/htcp.h"
#include "purge/parts.h"
#include "purge/varnish.h"

namespace cachewitness::purge {

namespace {

using Settings = manifest::PurgeSettings;

constexpr base::Duration at_once = std::chrono::seconds(1);
constexpr base::Duration fetch_after = std::chrono::milliseconds(20);
constexpr base::Duration fetch_for = std::chrono::seconds(30);

// PURGE of the URL itself, at the node.
Request write_purge(const Settings&, const Call& call) {
  return {"PURGE", call.items.front().text, call.items.front().headers, {}, call.node};
}

std::vector<Ability> url_only(const Settings&) { return {{.kind = Kind::url}}; }

// nginx and its purge modules. A PURGE that is configured nowhere goes to the origin, so any 2xx is not enough of a
// sign; the modules answer 200, 202 or 204, and 412 or 404 for what was not there.
std::vector<Ability> nginx_abilities(const Settings&) { return {{.kind = Kind::url}, {.kind = Kind::prefix}}; }

Request write_nginx(const Settings& settings, const Call& call) {
  Request request = write_purge(settings, call);
  if (call.kind == Kind::prefix) {
    request.url += "*";
  }
  return request;
}

Answer read_nginx(const Call& call, const Response& response) { return read_node(call, response, {404, 412}); }

Answer read_evicting(const Call& call, const Response& response) { return read_node(call, response, {404}); }

// Asked by PURGE at each node; where its variants go in turn, each is fetched before the next is purged.
Provider purged_in_turn(Provider provider, CacheKey::Variants variants) {
  provider.ask = fetch_url;
  provider.read_state = read_fetch;
  provider.ask_every = fetch_after;
  provider.ask_for = fetch_for;
  provider.propagation = at_once;
  provider.is_at_nodes = true;
  provider.key = {.variants = variants};
  return provider;
}

Provider nginx() {
  return purged_in_turn({.name = "nginx", .abilities = nginx_abilities, .write = write_nginx, .read = read_nginx},
                        CacheKey::Variants::apart);
}

// All alternates of a URL go at once.
Provider traffic_server() {
  return {.name = "trafficserver",
          .abilities = url_only,
          .write = write_purge,
          .read = read_evicting,
          .propagation = at_once,
          .is_at_nodes = true};
}

// A PURGE drops the variant that its headers select, and with it the index by which the others are found.
Provider squid() {
  return purged_in_turn({.name = "squid", .abilities = url_only, .write = write_purge, .read = read_evicting},
                        CacheKey::Variants::in_turn);
}

// Souin

std::vector<Ability> souin_abilities(const Settings&) {
  return {{.kind = Kind::url, .has_soft = true, .most_items = 100},
          {.kind = Kind::prefix, .has_soft = true, .most_items = 100},
          {.kind = Kind::host, .has_soft = true, .most_items = 100},
          {.kind = Kind::tag, .most_items = 50, .most_bytes = 4000},
          {.kind = Kind::everything}};
}

std::string souin_body(const Call& call) {
  std::string body;
  base::JsonWriter json(body, base::JsonWriter::Layout::compact);
  json.begin_object();
  json.member("type", std::string_view(call.kind == Kind::url      ? "uri"
                                       : call.kind == Kind::prefix ? "uri-prefix"
                                                                   : "origin"));
  json.strings("selectors", forms_of(call.items, call.kind == Kind::host ? plain : host_and_target_form));
  json.member("purge", !call.is_soft);
  json.end_object();
  return body;
}

Request write_souin(const Settings& settings, const Call& call) {
  const std::string path = option(settings, "path", "/souin-api/souin");
  Request request;
  if (call.kind == Kind::tag) {
    request = {"PURGE", path, {{"Surrogate-Key", joined(call.items, ", ")}}, {}, {}};
  } else if (call.kind == Kind::everything) {
    request = {"PURGE", path + "/flush", {}, {}, {}};
  } else {
    request = json_request("POST", path, souin_body(call));
  }
  request.url = fmt::format("http://{}{}", call.node.host, request.url);
  request.node = call.node;
  return request;
}

Provider souin() {
  return {.name = "souin",
          .abilities = souin_abilities,
          .write = write_souin,
          .read = [](const Call& call, const Response& response) { return read_node(call, response, {}); },
          .propagation = at_once,
          .is_at_nodes = true};
}

}  // namespace

std::vector<Provider> self_hosted_providers() {
  return {varnish(), varnish_cli(), nginx(), traffic_server(), squid(), squid_htcp(), souin(), any_api(), driver()};
}

}  // namespace cachewitness::purge
