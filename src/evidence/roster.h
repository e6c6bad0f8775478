// Roster: what the ids of a run stand for. Built by the planner from the manifest, or by the reader from
// an evidence file; the judge and the report need nothing else of the manifest.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/string_table.h"
#include "manifest/ids.h"

namespace cachewitness::evidence {

using manifest::AssetId;
using manifest::EdgeId;
using manifest::ReplicaId;
using manifest::TenantId;
using manifest::VariantId;

// The unit of judgement. A truth is a cell without an edge. The environment is the edge's.
struct Cell {
  EdgeId edge;
  TenantId tenant;
  AssetId asset;
  VariantId variant;

  friend auto operator<=>(const Cell&, const Cell&) = default;
};

struct EdgeEntry {
  std::string environment;
  std::string region;
  std::string name;
  std::string address;   // as the manifest writes it
  std::string provider;  // empty = unknown
  std::uint32_t servers = 1;
};

struct ReplicaEntry {
  std::string environment;
  std::string url;
};

struct Roster {
  std::vector<EdgeEntry> edges;        // by EdgeId, in the manifest's order
  std::vector<ReplicaEntry> replicas;  // by ReplicaId
  base::StringTable tenants;           // by TenantId
  base::StringTable assets;            // by AssetId
  base::StringTable variants;          // by VariantId

  [[nodiscard]] std::string_view tenant(TenantId id) const { return tenants.at(id.value); }
  [[nodiscard]] std::string_view asset(AssetId id) const { return assets.at(id.value); }
  [[nodiscard]] std::string_view variant(VariantId id) const { return variants.at(id.value); }
  [[nodiscard]] const EdgeEntry& edge(EdgeId id) const { return edges.at(id.index()); }
};

}  // namespace cachewitness::evidence
