// Sources: nginx-modules/ngx_cache_purge, docs.trafficserver.apache.org, wiki.squid-cache.org, docs.souin.io. What an
// answer proves differs: Souin says 204 for what it never held, the others tell.
#include "purge/self_hosted.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "base/json_writer.h"
#include "base/text.h"
#include "purge/driver.h"
#include "purge/htcp.h"
#include "purge/parts.h"
#include "purge/varnish.h"

namespace cachewitness::purge {

namespace {

using Settings = manifest::PurgeSettings;

// PURGE of the URL itself, at the node.
Request purge_request(const Call& call) {
  Request request{"PURGE", call.items.front().text, call.items.front().headers, {}, call.node};
  return request;
}

Answer read_purge(const Call&, const Response& response) { return read_plain(response, "/none", "/none"); }

// What is not there needs no purge; `absent` is how the cache says so.
Answer read_telling(const Response& response, std::initializer_list<int> absent) {
  if (std::ranges::find(absent, response.status) != absent.end()) {
    Answer answer = accepted();
    answer.reason = "it was not cached";
    return answer;
  }
  return read_failure(response);
}

std::vector<Ability> url_only(const Settings&) { return {{.kind = Kind::url}}; }

// nginx and its purge modules. A PURGE that is configured nowhere goes to the origin, so any 2xx is not enough of a
// sign; the modules answer 200, 202 or 204, and 412 or 404 for what was not there.
std::vector<Ability> nginx_abilities(const Settings&) { return {{.kind = Kind::url}, {.kind = Kind::prefix}}; }

Request write_nginx(const Settings&, const Call& call) {
  Request request = purge_request(call);
  if (call.kind == Kind::prefix) {
    request.url += "*";
  }
  return request;
}

Answer read_nginx(const Call&, const Response& response) {
  return is_success(response) ? accepted() : read_telling(response, {404, 412});
}

// Traffic Server and Squid answer 200 or 404.
Request write_purge(const Settings&, const Call& call) { return purge_request(call); }

Answer read_evicting(const Call&, const Response& response) {
  return is_success(response) ? accepted() : read_telling(response, {404});
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
  std::vector<std::string> selectors;
  for (const Item& item : call.items) {
    const Place place = place_of(item.text);
    selectors.push_back(call.kind == Kind::host ? item.text : fmt::format("{}{}", place.host, place.target));
  }
  std::string body;
  base::JsonWriter json(body, base::JsonWriter::Layout::compact);
  json.begin_object();
  json.member("type", std::string_view(call.kind == Kind::url      ? "uri"
                                       : call.kind == Kind::prefix ? "uri-prefix"
                                                                   : "origin"));
  json.strings("selectors", selectors);
  json.member("purge", !call.is_soft);
  json.end_object();
  return body;
}

Request write_souin(const Settings& settings, const Call& call) {
  const std::string path = option(settings, "path", "/souin-api/souin");
  Request request;
  if (call.kind == Kind::tag) {
    std::string tags;
    for (const Item& item : call.items) {
      tags += (tags.empty() ? "" : ", ") + item.text;
    }
    request = {"PURGE", path, {{"Surrogate-Key", tags}}, {}, {}};
  } else if (call.kind == Kind::everything) {
    request = {"PURGE", path + "/flush", {}, {}, {}};
  } else {
    request = json_request("POST", path, souin_body(call));
  }
  request.url = fmt::format("http://{}{}", call.node.host, request.url);
  request.node = call.node;
  return request;
}

// Any HTTP API

std::vector<Kind> kinds_of(const Settings& settings, std::string_view otherwise) {
  std::vector<Kind> kinds;
  std::string text = option(settings, "kinds", otherwise);
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t comma = rest.find(',');
    if (const auto kind = parse_kind(base::trim(rest.substr(0, comma)))) {
      kinds.push_back(*kind);
    }
    rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 1);
  }
  return kinds;
}

std::vector<Ability> http_abilities(const Settings& settings) {
  const bool is_soft = option(settings, "soft") == "true";
  const bool has_list = option(settings, "body").find("{items}") != std::string::npos;
  std::size_t batch = 1;
  if (const std::string text = option(settings, "batch"); has_list && !text.empty()) {
    std::from_chars(text.data(), text.data() + text.size(), batch);
  }
  std::vector<Ability> all;
  for (const Kind kind : kinds_of(settings, "url")) {
    all.push_back(
        {.kind = kind, .has_hard = !is_soft, .has_soft = is_soft, .most_items = std::max<std::size_t>(batch, 1)});
  }
  return all;
}

void replace_all(std::string& text, std::string_view reference, std::string_view value) {
  for (std::size_t at = text.find(reference); at != std::string::npos; at = text.find(reference, at + value.size())) {
    text.replace(at, reference.size(), value);
  }
}

std::string plain(const Item& item) { return item.text; }

std::string filled(std::string pattern, const Call& call) {
  const std::string& item = call.items.front().text;
  const bool is_url = call.kind == Kind::url || call.kind == Kind::prefix;
  const Place place = is_url ? place_of(item) : Place{};
  std::string list = json_list_body("x", call.items, plain);
  list = list.substr(5, list.size() - 6);  // {"x":[...]}
  replace_all(pattern, "{items}", list);
  replace_all(pattern, "{kind}", name(call.kind));
  replace_all(pattern, "{scheme}", place.scheme);
  replace_all(pattern, "{host}", is_url ? place.host : std::string_view(item));
  replace_all(pattern, "{path}", place.target);
  replace_all(pattern, "{item}", percent_encoded(item));
  replace_all(pattern, "{url}", item);
  return pattern;
}

Request write_http(const Settings& settings, const Call& call) {
  return {option(settings, "method", "POST"),
          filled(option(settings, "url"), call),
          {},
          filled(option(settings, "body"), call),
          {}};
}

}  // namespace

std::vector<Provider> self_hosted_providers() {
  const base::Duration at_once = std::chrono::seconds(1);
  std::vector<Provider> all{varnish(), varnish_cli()};
  const auto add_node = [&](std::string_view name, std::vector<Ability> (*abilities)(const Settings&),
                            Request (*write)(const Settings&, const Call&),
                            Answer (*read)(const Call&, const Response&)) {
    all.push_back({.name = name,
                   .abilities = abilities,
                   .write = write,
                   .read = read,
                   .propagation = at_once,
                   .is_at_nodes = true});
  };
  add_node("nginx", nginx_abilities, write_nginx, read_nginx);
  add_node("trafficserver", url_only, write_purge, read_evicting);
  add_node("squid", url_only, write_purge, read_evicting);
  for (Provider& provider : all) {
    provider.keys_query_order = true;  // the query is part of the key as it stands, unless the cache is told otherwise
    // Varnish and Souin drop all variants of a URL at once.
    provider.keys_headers = provider.name == "nginx" || provider.name == "trafficserver" || provider.name == "squid";
  }
  all.push_back(squid_htcp());
  add_node("souin", souin_abilities, write_souin, read_purge);
  all.push_back(driver());
  all.push_back({.name = "http", .abilities = http_abilities, .write = write_http, .read = read_purge});
  return all;
}

}  // namespace cachewitness::purge
