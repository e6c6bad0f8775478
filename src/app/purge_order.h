// From the command line and the plan to what is purged, and where.
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "app/purge_command.h"
#include "base/result.h"
#include "plan/plan.h"
#include "purge/provider.h"
#include "purge/purge.h"

namespace cachewitness::app {

// The one environment of the plan whose purge is meant; errors::usage where it is none or several.
[[nodiscard]] base::Result<std::size_t> environment_to_purge(const plan::Plan& plan);

// By which headers a variant is purged: those that are no secrets, where the caches keep variants apart.
[[nodiscard]] std::vector<purge::Header> key_headers(const manifest::Variant& variant, const purge::CacheKey& key);

// Where that edge is asked to purge.
[[nodiscard]] purge::Node node_of(const manifest::Edge& edge, const manifest::PurgeSettings& settings);

// What a planned purge is made of, for --dry-run.
struct OrderCost {
  std::uint64_t urls = 0;         // of tenants and assets
  std::uint64_t aliases = 0;      // further URLs that the manifest names for them
  std::uint64_t orders = 0;       // the same with the query's parameters in another order
  std::uint64_t variants = 1;     // that the manifest has of each
  std::uint64_t apart = 1;        // of these, that are purged by themselves
  std::set<std::string> headers;  // by which
  purge::CacheKey key;
};

// Whether the manifest says so.
[[nodiscard]] bool is_soft(const manifest::PurgeSettings& settings);

// What purges all of a cell's folder, host or tenant (prefix, host, tag); empty for everything.
[[nodiscard]] std::string wide_item(const plan::Plan& plan, const plan::Lane& lane, const evidence::Cell& cell,
                                    purge::Kind kind);

// --url and its like, or, without any, the URL of every tenant and asset that is planned, with the aliases and orders
// of the query that are cached by themselves; each for every variant, by its headers, where the caches keep them apart.
// Secret headers are no part of a cache key here and stay out. The nodes are the planned edges, and what lies between
// them and the origin.
[[nodiscard]] base::Result<purge::Errand> make_errand(const plan::Plan& plan, std::size_t environment,
                                                      const purge::Provider& provider, const PurgeOptions& options,
                                                      OrderCost& cost);

// The order gate and what the items are, a line each. `named` is what the plan has of the purge; null = nothing.
[[nodiscard]] std::string describe_cost(const OrderCost& cost, const plan::Plan* named, const OriginGateOptions& gate);

// What purges these cells by that kind; of caches of one's own, only those that hold them and what lies behind.
// Prefixes are the URLs' folders.
[[nodiscard]] std::vector<purge::Errand> make_errands(const plan::Plan& plan, std::size_t environment,
                                                      const purge::Provider& provider, purge::Kind kind,
                                                      const std::vector<evidence::Cell>& cells);

}  // namespace cachewitness::app
