// Survey: the second pass. A cell whose answers are not current is held against the cells of other assets, tenants and
// edges, so that what several have in common is seen. As pure as the first pass: it reads the same sightings, in any
// order.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include "verdict/books.h"
#include "verdict/cell_view.h"

namespace cachewitness::verdict {

class Survey {
 public:
  // Of everything that was added so far. Requires: the books outlive it.
  explicit Survey(const Books& books);

  // Whether the second pass could tell more of the cell than the first did.
  [[nodiscard]] static bool is_needed(const CellView& view) { return !view.looks.empty() && !view.is_current(); }
  // Fills in what only the second pass can tell. Requires: the view is of these books.
  void look_across(CellView& view) const;

 private:
  // Cells of a tenant, or of all, in one environment that keep what the purge never removed.
  struct Kept {
    std::uint64_t cells = 0;
    evidence::EdgeId first_edge;
    bool is_at_several_edges = false;

    void add(evidence::EdgeId edge);
    [[nodiscard]] bool is_telling() const;
  };
  // The answers of one server at one edge.
  struct ServerAnswers {
    std::uint64_t current = 0;
    std::uint64_t old = 0;
    std::pair<evidence::TenantId, evidence::AssetId> first_old;
    bool is_old_of_several = false;  // tenants or assets
  };
  using Server = std::pair<evidence::EdgeId, std::uint32_t>;  // edge, Sighting::node
  // The answers of all servers of one edge.
  struct EdgeAnswers {
    std::uint64_t current = 0;  // of servers that gave no old one
    bool is_one_torn = false;   // gave both: what it was asked for makes the difference
  };
  struct Environment {
    std::vector<bool> is_tenant_reached;  // by TenantId: some cell shows something else than what was there before
    bool is_reached = false;
    std::unordered_map<std::uint32_t, Kept> kept_of_tenant;  // by TenantId
    Kept kept;
  };

  // Tenants that are one site under several hosts or schemes, by site and by tenant.
  struct Sites {
    std::vector<std::vector<evidence::TenantId>> tenants;
    std::vector<std::uint32_t> of_tenant;  // by TenantId, into `tenants`
  };
  // Dossiers of an asset under its other URLs, kept while cells of that asset are looked at one after the other.
  struct Neighbours {
    std::optional<std::tuple<std::uint32_t, evidence::TenantId, evidence::AssetId>> of;  // environment first
    std::vector<Dossier> dossiers;
  };

  void group_spellings();
  void group_sites();
  [[nodiscard]] const std::vector<evidence::AssetId>& spellings_of(evidence::AssetId asset) const {
    return spellings_.at(group_of_asset_.at(asset.index()));
  }
  [[nodiscard]] std::span<const evidence::TenantId> site_of(const evidence::Cell& cell) const;
  void read_all();
  void note(const CellView& view);
  void note_reached(const evidence::Cell& cell);
  void count_answers();
  void count_answers(const CellView& view);
  void add_up_answers();

  [[nodiscard]] const std::vector<Dossier>& neighbours_of(const evidence::Cell& cell) const;
  void add_aliases(CellView& view) const;
  void add_unreached(CellView& view) const;
  void add_split(CellView& view) const;

  const Books& books_;
  std::vector<std::uint32_t> group_of_asset_;              // by AssetId, into the next
  std::vector<std::vector<evidence::AssetId>> spellings_;  // assets of one http::alias_key()
  std::vector<Sites> sites_;                               // by environment; of no tenant where each is its own
  mutable Neighbours neighbours_;
  std::vector<Environment> environments_;
  bool has_old_ = false;                       // some cell is not current
  std::set<evidence::EdgeId> edges_with_old_;  // from servers that name themselves, of which there are several
  std::map<Server, ServerAnswers> answers_of_server_;
  std::map<evidence::EdgeId, EdgeAnswers> answers_of_edge_;
};

}  // namespace cachewitness::verdict
