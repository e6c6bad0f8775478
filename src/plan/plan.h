// Plan: which cells are probed, in which order. Implicit: a few tables and arithmetic, no string a cell,
// so that 10 million cells cost a few megabytes.
//
// Every edge is a lane, and every lane walks the same sequence of combinations (variant, tenant, asset),
// variants outermost: a cache that rebuilds its Vary index on the first variant shows what the others
// hold afterwards. Cell k of the plan is combination k / lanes at lane k % lanes, so that no edge is hammered.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "evidence/roster.h"
#include "manifest/manifest.h"

namespace cachewitness::plan {

// What a purge named, where only that is to be probed.
struct PurgeScope {
  bool is_everything = false;  // or tags, which do not say what carries them
  std::set<std::string, std::less<>> urls{};
  std::set<std::string, std::less<>> prefixes{};  // of URLs
  std::set<std::string, std::less<>> hosts{};     // without a port
  std::set<std::string, std::less<>> edges{};     // names of those that were asked by themselves; empty = all

  [[nodiscard]] bool covers(std::string_view url) const;
};

// What the command line leaves of a manifest; empty = everything. A text without glob characters is a
// name, and a name that the manifest lacks is an error; a glob that matches nothing just leaves no cells.
struct Narrowing {
  std::vector<std::string> environments{};  // exact names; unknown = an error with the nearest
  std::string tenants{};
  std::string regions{};
  std::string edges{};
  std::string assets{};
  std::optional<PurgeScope> purged{};
};

// One edge of the plan and where its probes connect to (the address pinned, Host and SNI the tenant's).
struct Lane {
  evidence::EdgeId edge;        // its place among the plan's lanes, and in the roster
  std::size_t environment = 0;  // index into Manifest::environments
  std::size_t region = 0;
  const manifest::Edge* settings = nullptr;
};

// What is asked of whom for one cell.
struct Request {
  bool is_tls = true;
  std::uint16_t port = 0;   // the URL's
  std::string host;         // Host, without a port unless the URL has one that is not the scheme's
  std::string server_name;  // SNI and the name that the certificate must cover
  std::string target;       // path and query
  std::string url;          // as evidence shows it
};

// Borrows the manifest, which must outlive it and keep its place. The roster has the edges and replicas
// that are planned, all tenants (TenantIds are the TenantTable's), and every asset and variant.
class Plan {
 public:
  [[nodiscard]] const manifest::Manifest& manifest() const { return *manifest_; }
  [[nodiscard]] const evidence::Roster& roster() const { return roster_; }
  [[nodiscard]] const std::vector<Lane>& lanes() const { return lanes_; }
  [[nodiscard]] std::uint64_t combinations() const { return per_variant_ * manifest_->variants.size(); }
  [[nodiscard]] std::uint64_t cells() const { return combinations() * lanes_.size(); }
  // Those of one variant, which come one after the other.
  [[nodiscard]] std::uint64_t combinations_of_variant() const { return per_variant_; }
  // Requests that every cell of the lane takes, each on a connection of its own where it is more than one.
  [[nodiscard]] std::uint32_t samples(const Lane& lane) const;
  [[nodiscard]] std::size_t tenants() const { return tenants_.size(); }
  // Those that narrowing has left.
  [[nodiscard]] const std::vector<evidence::TenantId>& chosen_tenants() const { return tenants_; }
  // What a leak check asks for, likewise; empty where the manifest does not ask for that check.
  [[nodiscard]] const std::vector<evidence::AssetId>& leak_assets(manifest::LeakCheck check) const {
    return leak_assets_[static_cast<std::size_t>(check)];
  }
  // Indices into Manifest::environments, of those that have a lane; ascending.
  [[nodiscard]] std::vector<std::size_t> environments() const;
  [[nodiscard]] std::size_t memory_bytes() const;

  // Requires: combination < combinations(). The cell has no edge.
  [[nodiscard]] evidence::Cell combination(std::uint64_t combination) const;
  // Requires: the plan has the edge.
  [[nodiscard]] const Lane& lane(evidence::EdgeId edge) const;
  // Writes into `out`, whose capacity is reused. The server name is `tls.server_name`, by default the host.
  void render(const Lane& lane, const evidence::Cell& cell, Request& out) const;
  // A further template of the manifest, for the cell at the lane.
  [[nodiscard]] std::string render(const manifest::UrlTemplate& pattern, const Lane& lane,
                                   const evidence::Cell& cell) const;
  // The same for an origin replica: `origin.host` or the URL's own Host, the URL's path. Where the URL's
  // host names a region or an edge, which an origin has none of, the Host is the replica's own.
  void render_origin(std::size_t environment, const manifest::OriginReplica& replica, const evidence::Cell& cell,
                     Request& out) const;

 private:
  friend class Planner;
  Plan() = default;

  const manifest::Manifest* manifest_ = nullptr;
  std::vector<Lane> lanes_;
  std::vector<evidence::TenantId> tenants_;
  evidence::Roster roster_;
  std::vector<evidence::AssetId> assets_;       // of every tenant, narrowed
  std::vector<std::uint64_t> first_of_tenant_;  // prefix sums, one more than tenants; empty where none has own assets
  std::vector<evidence::AssetId> own_assets_;   // of tenants, in tenant order
  std::uint64_t per_variant_ = 0;               // pairs of tenant and asset
  std::array<std::vector<evidence::AssetId>, 3> leak_assets_;  // by LeakCheck
};

// errors::unknown_name for a name that the manifest lacks; errors::no_cells where the globs leave nothing;
// errors::usage for a glob that is none. Call it when the tenants have been read.
[[nodiscard]] base::Result<Plan> make_plan(const manifest::Manifest& manifest, const Narrowing& narrowing);

// `--dry-run` and `manifest plan`: counts, load an edge, the shortest time that the limits allow.
struct Estimate {
  std::uint64_t cells = 0;
  std::uint64_t origin_requests = 0;
  std::uint64_t requests_per_edge = 0;  // to the busiest one
  base::Duration at_least{};            // by the rate of one edge alone; answers take longer
};
[[nodiscard]] Estimate estimate(const Plan& plan);

}  // namespace cachewitness::plan
