#include "app/purge_order.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <set>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "app/cached_urls.h"
#include "base/text.h"
#include "manifest/purge_providers.h"
#include "manifest/url_parts.h"
#include "purge/batch.h"

namespace cachewitness::app {

std::vector<purge::Header> key_headers(const manifest::Variant& variant, const purge::CacheKey& key) {
  std::vector<purge::Header> headers;
  if (key.variants == purge::CacheKey::Variants::together) {
    return headers;
  }
  for (const manifest::VariantHeader& header : variant.headers) {
    if (const auto* text = std::get_if<std::string>(&header.value)) {
      headers.push_back({header.name, *text});
    }
  }
  return headers;
}

namespace {

std::uint16_t purge_port(const manifest::PurgeSettings& settings) {
  std::uint16_t port = purge::find_provider(settings.provider)->port;
  const std::string_view text = manifest::purge_option(settings, "port");
  std::from_chars(text.data(), text.data() + text.size(), port);
  return port;
}

}  // namespace

purge::Node node_of(const manifest::Edge& edge, const manifest::PurgeSettings& settings) {
  const std::uint16_t port = purge_port(settings);
  return {edge.name, edge.host, port != 0 ? port : edge.port, static_cast<std::uint8_t>(settings.inner.size()),
          edge.port};
}

std::string wide_item(const plan::Plan& plan, const plan::Lane& lane, const evidence::Cell& cell, purge::Kind kind) {
  plan::Request request;
  plan.render(lane, cell, request);
  switch (kind) {
    case purge::Kind::prefix: {
      const std::string path = request.url.substr(0, request.url.find('?'));
      return path.substr(0, path.rfind('/') + 1);
    }
    case purge::Kind::host:
      return request.host;
    case purge::Kind::tag:
      return plan.render(plan.manifest().environments[lane.environment].purge->tag, lane, cell);
    default:
      return {};
  }
}

bool is_soft(const manifest::PurgeSettings& settings) { return manifest::purge_option(settings, "soft") == "true"; }

namespace {

using PieceKind = manifest::UrlTemplate::Piece::Kind;

bool names_lane(const manifest::UrlTemplate& url) { return url.uses(PieceKind::region) || url.uses(PieceKind::edge); }

// Items in the order in which they were added, each once.
class Items {
 public:
  // False where it is there already.
  bool add(const std::string& text, const std::vector<purge::Header>& headers) {
    purge::Item item{text, headers};
    const bool is_new = seen_.insert(purge::identity_of(item)).second;
    if (is_new) {
      items_.push_back(std::move(item));
    }
    return is_new;
  }
  [[nodiscard]] std::vector<purge::Item> take() { return std::move(items_); }

 private:
  std::vector<purge::Item> items_;
  std::set<std::string> seen_;
};

// Every URL that the cell is cached under.
void add_urls(const plan::Plan& plan, const plan::Lane& lane, const evidence::Cell& cell, const purge::CacheKey& key,
              Items& items, OrderCost& cost) {
  const std::vector<purge::Header> headers = key_headers(plan.manifest().variants[cell.variant.index()], key);
  const auto add = [&](const std::string& url, std::uint64_t& count) {
    // Further variants of a URL are counted with the variants.
    count += items.add(url, headers) && cell.variant.index() == 0 ? 1 : 0;
  };
  const CachedUrls urls = cached_urls(plan, lane, cell, key);
  add(urls.url, cost.urls);
  for (const std::string& alias : urls.aliases) {
    add(alias, cost.aliases);
  }
  for (const std::string& order : urls.orders) {
    add(order, cost.orders);
  }
}

// How many variants there are, and which of them a purge names.
void count_variants(const manifest::Manifest& manifest, OrderCost& cost) {
  Items named;
  cost.variants = manifest.variants.size();
  cost.apart = 0;
  for (const manifest::Variant& variant : manifest.variants) {
    const std::vector<purge::Header> headers = key_headers(variant, cost.key);
    cost.apart += named.add({}, headers) ? 1 : 0;
    for (const purge::Header& header : headers) {
      cost.headers.insert(base::lower_case(header.name));
    }
  }
}

std::vector<purge::Item> planned_items(const plan::Plan& plan, std::size_t environment, OrderCost& cost) {
  Items items;
  count_variants(plan.manifest(), cost);
  const std::uint64_t combinations = cost.apart > 1 ? plan.combinations() : plan.combinations_of_variant();
  for (const plan::Lane& lane : plan.lanes()) {
    if (lane.environment != environment) {
      continue;
    }
    for (std::uint64_t i = 0; i < combinations; ++i) {
      add_urls(plan, lane, plan.combination(i), cost.key, items, cost);
    }
    const manifest::Environment& settings = plan.manifest().environments[environment];
    if (!names_lane(settings.url) && std::ranges::none_of(settings.purge->aliases, names_lane)) {
      break;  // the URLs are the same at every edge
    }
  }
  return items.take();
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

// A URL that is given is given for all its variants.
std::vector<purge::Item> for_each_variant(const manifest::Manifest& manifest, const purge::CacheKey& key,
                                          const std::vector<purge::Item>& given) {
  Items items;
  for (const manifest::Variant& variant : manifest.variants) {
    for (const purge::Item& item : given) {
      items.add(item.text, key_headers(variant, key));
    }
  }
  return items.take();
}

// What lies between the edges and the origin, a tier each.
std::vector<purge::Node> inner_nodes(const manifest::PurgeSettings& settings) {
  std::vector<purge::Node> nodes;
  for (const manifest::Edge& inner : settings.inner) {
    const std::uint16_t port = inner.port != 0 ? inner.port : purge_port(settings);
    nodes.push_back({inner.name, inner.host, port, static_cast<std::uint8_t>(nodes.size()), inner.port});
  }
  return nodes;
}

// --url and its like.
base::Result<purge::Order> given_order(const PurgeOptions& options) {
  purge::Order order;
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
  }
  return order;
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

base::Result<purge::Errand> make_errand(const plan::Plan& plan, std::size_t environment,
                                        const purge::Provider& provider, const PurgeOptions& options, OrderCost& cost) {
  const manifest::PurgeSettings& settings = *plan.manifest().environments[environment].purge;
  auto order = given_order(options);
  if (!order) {
    return std::unexpected(std::move(order).error());
  }
  order->is_soft = options.is_soft || is_soft(settings);
  cost.key = purge::cache_key(provider, settings);
  if (order->items.empty()) {
    order->items = planned_items(plan, environment, cost);
  } else if (order->kind == purge::Kind::url) {
    order->items = for_each_variant(plan.manifest(), cost.key, order->items);
  }
  purge::Errand errand{std::move(*order), inner_nodes(settings)};
  for (const plan::Lane& lane : plan.lanes()) {
    if (lane.environment == environment) {
      errand.nodes.push_back(node_of(*lane.settings, settings));
    }
  }
  return errand;
}

namespace {

std::string describe_orders(const OrderCost& cost) {
  switch (cost.key.query) {
    case purge::CacheKey::Query::kept:
      return fmt::format("{} in another order of the query", base::grouped(cost.orders));
    case purge::CacheKey::Query::sorted:
      return "a query in one order for all";
    case purge::CacheKey::Query::left_out:
      break;
  }
  return "whatever their query";
}

std::string describe_variants(const OrderCost& cost) {
  if (cost.apart < 2) {
    return "all variants at once";
  }
  return fmt::format("{} variants by their {}{}", cost.apart, fmt::join(cost.headers, ", "),
                     cost.key.variants == purge::CacheKey::Variants::in_turn
                         ? ", one after the other, with a fetch between that uncovers the next"
                         : "");
}

}  // namespace

std::string describe_cost(const OrderCost& cost, const plan::Plan* named, const OriginGateOptions& gate) {
  const std::size_t replicas = named == nullptr ? 0 : named->roster().replicas.size();
  std::string text;
  if (gate.is_off || replicas == 0) {
    text = fmt::format("the origin is not asked first ({})\n", gate.is_off ? "--no-origin-gate"
                                                               : named == nullptr
                                                                   ? "the manifest plans nothing of what is purged"
                                                                   : "the manifest names no replica");
  } else {
    text = fmt::format("first {} must serve one version of {} (waits up to {})\n",
                       replicas == 1 ? "the origin's replica" : fmt::format("all {} replicas of the origin", replicas),
                       named->combinations() == 1
                           ? "the object"
                           : fmt::format("each of {} objects", base::grouped(named->combinations())),
                       base::human(gate.deadline));
  }
  if (cost.urls > 0) {
    text += fmt::format("{} URLs, {} aliases, {}; each for {}\n", base::grouped(cost.urls), base::grouped(cost.aliases),
                        describe_orders(cost), describe_variants(cost));
  }
  return cost.key.caveat.empty() || cost.variants < 2 || cost.urls == 0
             ? text
             : text + fmt::format("of several variants: {}\n", cost.key.caveat);
}

std::vector<purge::Errand> make_errands(const plan::Plan& plan, std::size_t environment,
                                        const purge::Provider& provider, purge::Kind kind,
                                        const std::vector<evidence::Cell>& cells) {
  const manifest::PurgeSettings& settings = *plan.manifest().environments[environment].purge;
  const std::vector<purge::Node> inner = inner_nodes(settings);
  const bool needs_all = !provider.is_at_nodes || !inner.empty();
  const purge::CacheKey key = purge::cache_key(provider, settings);
  Items all;
  std::map<evidence::EdgeId, Items> by_edge;
  for (const evidence::Cell& cell : cells) {
    const plan::Lane& lane = plan.lane(cell.edge);
    const auto add_to = [&](Items& items) {
      OrderCost cost;
      if (kind == purge::Kind::url) {
        add_urls(plan, lane, cell, key, items, cost);
      } else {
        items.add(wide_item(plan, lane, cell, kind), {});
      }
    };
    if (needs_all) {
      add_to(all);
    }
    if (provider.is_at_nodes) {
      add_to(by_edge[cell.edge]);
    }
  }
  std::vector<purge::Errand> errands;
  if (needs_all) {
    errands.push_back({{kind, is_soft(settings), all.take()}, inner});
  }
  for (auto& [edge, items] : by_edge) {
    errands.push_back({{kind, is_soft(settings), items.take()}, {node_of(*plan.lane(edge).settings, settings)}});
  }
  return errands;
}

}  // namespace cachewitness::app
