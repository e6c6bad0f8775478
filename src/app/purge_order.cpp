#include "app/purge_order.h"

#include <charconv>
#include <set>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "base/text.h"
#include "manifest/purge_providers.h"
#include "manifest/url_parts.h"

namespace cachewitness::app {

namespace {

using PieceKind = manifest::UrlTemplate::Piece::Kind;

std::vector<purge::Header> key_headers(const manifest::Variant& variant) {
  std::vector<purge::Header> headers;
  for (const manifest::VariantHeader& header : variant.headers) {
    if (const auto* text = std::get_if<std::string>(&header.value)) {
      headers.push_back({header.name, *text});
    }
  }
  return headers;
}

bool names_lane(const manifest::UrlTemplate& url) { return url.uses(PieceKind::region) || url.uses(PieceKind::edge); }

std::vector<purge::Item> planned_items(const plan::Plan& plan, std::size_t environment, bool keys_headers) {
  const manifest::Manifest& manifest = plan.manifest();
  std::vector<purge::Item> items;
  std::set<std::pair<std::string, std::size_t>> seen;
  plan::Request request;
  for (const plan::Lane& lane : plan.lanes()) {
    if (lane.environment != environment) {
      continue;
    }
    for (std::uint64_t i = 0; i < plan.combinations(); ++i) {
      const evidence::Cell cell = plan.combination(i);
      const std::size_t variant = keys_headers ? cell.variant.index() : 0;
      plan.render(lane, cell, request);
      if (seen.emplace(request.url, variant).second) {
        items.push_back(
            {request.url, keys_headers ? key_headers(manifest.variants[variant]) : std::vector<purge::Header>()});
      }
    }
    if (!names_lane(manifest.environments[environment].url)) {
      break;  // the URL is the same at every edge
    }
  }
  return items;
}

base::Result<void> check_item(purge::Kind kind, const std::string& text) {
  const bool is_url = kind == purge::Kind::url || kind == purge::Kind::prefix;
  if (is_url && !manifest::split_url(text)) {
    return base::fail(base::errors::usage,
                      fmt::format("--{} '{}' is no URL; write it whole, such as https://www.example.com/app.css",
                                  purge::name(kind), base::printable(text)));
  }
  if (kind == purge::Kind::host && !manifest::is_valid_authority(text)) {
    return base::fail(base::errors::usage, fmt::format("--host '{}' is no host name", base::printable(text)));
  }
  const bool is_clean =
      text.find_first_of(" \t\r\n") == std::string::npos && base::printable(text, text.size()) == text;
  if (text.empty() || !is_clean) {
    return base::fail(base::errors::usage, fmt::format("--{} '{}' is empty or has white space in it", purge::name(kind),
                                                       base::printable(text)));
  }
  return {};
}

}  // namespace

base::Result<std::size_t> environment_to_purge(const plan::Plan& plan) {
  const auto environments = plan.environments();
  std::string names;
  for (const std::size_t index : environments) {
    names += (names.empty() ? "" : ", ") + plan.manifest().environments[index].name;
  }
  if (environments.size() != 1) {
    return base::fail(base::errors::usage,
                      fmt::format("a purge is of one environment; name it with -e (the manifest has: {})", names));
  }
  if (!plan.manifest().environments[environments.front()].purge) {
    return base::fail(base::errors::usage,
                      fmt::format("environment \"{}\" has no \"purge\": say who is asked, such as purge: {{provider: "
                                  "fastly, service: ..., token: {{env: FASTLY_TOKEN}}}}",
                                  names),
                      plan.manifest().environments[environments.front()].where);
  }
  return environments.front();
}

base::Result<purge::Order> make_order(const plan::Plan& plan, std::size_t environment, const purge::Provider& provider,
                                      const PurgeOptions& options) {
  const auto& settings = *plan.manifest().environments[environment].purge;
  purge::Order order;
  order.is_soft = options.is_soft || manifest::purge_option(settings, "soft") == "true";
  const std::pair<purge::Kind, const std::vector<std::string>&> given[] = {{purge::Kind::url, options.urls},
                                                                           {purge::Kind::prefix, options.prefixes},
                                                                           {purge::Kind::host, options.hosts},
                                                                           {purge::Kind::tag, options.tags}};
  int kinds = options.is_everything ? 1 : 0;
  for (const auto& [kind, texts] : given) {
    kinds += texts.empty() ? 0 : 1;
    for (const std::string& text : texts) {
      if (auto good = check_item(kind, text); !good) {
        return std::unexpected(std::move(good).error());
      }
      order.kind = kind;
      order.items.push_back({text, {}});
    }
  }
  if (kinds > 1) {
    return base::fail(base::errors::usage,
                      "one kind a purge: --url, --prefix, --host, --tag and --everything do not go together");
  }
  if (options.is_everything && !options.is_confirmed && !options.is_dry_run) {
    return base::fail(base::errors::usage,
                      "--everything empties the whole cache, and the origin bears the load; add --yes, or look at it "
                      "first with --dry-run");
  }
  if (options.is_everything) {
    order.kind = purge::Kind::everything;
    order.items.emplace_back();
  } else if (order.items.empty()) {
    order.items = planned_items(plan, environment, provider.keys_headers);
  }
  return order;
}

std::vector<purge::Node> nodes_of(const plan::Plan& plan, std::size_t environment) {
  const auto& settings = *plan.manifest().environments[environment].purge;
  std::uint16_t port = 0;
  const std::string_view text = manifest::purge_option(settings, "port");
  std::from_chars(text.data(), text.data() + text.size(), port);
  std::vector<purge::Node> nodes;
  for (const plan::Lane& lane : plan.lanes()) {
    if (lane.environment == environment) {
      nodes.push_back({lane.settings->name, lane.settings->host, port != 0 ? port : lane.settings->port});
    }
  }
  return nodes;
}

}  // namespace cachewitness::app
