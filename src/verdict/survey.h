// Survey: the second pass. A cell whose answers are not current is held against the cells of other assets, tenants and
// edges, so that what several have in common is seen. As pure as the first pass: it reads the same sightings, in any
// order.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
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
  struct Environment {
    std::vector<bool> is_tenant_reached;  // by TenantId: some cell shows something else than what was there before
    bool is_reached = false;
    std::unordered_map<std::uint32_t, Kept> kept_of_tenant;  // by TenantId
    Kept kept;
  };

  void group_aliases();
  void number_environments();
  void read_all();
  void note(const CellView& view);
  void note_reached(const evidence::Cell& cell);
  void count_answers();
  void count_answers(const CellView& view);
  [[nodiscard]] Environment& environment_of(const evidence::Cell& cell);

  void add_aliases(CellView& view) const;
  void add_unreached(CellView& view) const;
  void add_split(CellView& view) const;

  const Books& books_;
  std::unordered_map<std::string, std::vector<evidence::AssetId>> aliases_;  // by http::alias_key()
  std::vector<std::uint32_t> environment_of_edge_;
  std::vector<Environment> environments_;
  std::set<evidence::EdgeId> edges_with_old_;  // from servers that name themselves, of which there are several
  std::map<Server, ServerAnswers> answers_of_server_;
};

}  // namespace cachewitness::verdict
