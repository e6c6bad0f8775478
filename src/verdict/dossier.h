// Dossier: everything seen of one asset of one tenant in one environment, in order: its cells share their
// truths, so these are resolved once. Knows the notebook's sightings; judges nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "evidence/run_header.h"
#include "verdict/cell_view.h"
#include "verdict/expectations.h"

namespace cachewitness::verdict {

// What a dossier is read with; everything outlives it.
struct Background {
  const evidence::RunHeader& header;
  const evidence::Roster& roster;
  const Notebook& notebook;
  const Expectations& expectations;
};

class Dossier {
 public:
  // `sightings`: of one environment, tenant and asset; any order.
  Dossier(const Background& background, evidence::TenantId tenant, evidence::AssetId asset,
          std::vector<const Sighting*> sightings);

  // Those that an edge was asked about; sorted.
  [[nodiscard]] const std::vector<evidence::Cell>& cells() const { return cells_; }
  [[nodiscard]] bool has(const evidence::Cell& cell) const;
  // Requires: has(cell). The view must not outlive the dossier.
  [[nodiscard]] CellView view(const evidence::Cell& cell) const;

  // By VariantId.
  [[nodiscard]] const Truth& truth(evidence::VariantId variant) const { return truths_[variant.index()].truth; }
  [[nodiscard]] std::size_t variants() const { return truths_.size(); }

 private:
  struct VariantTruth {
    Truth truth;
    std::vector<TextId> cores;
  };

  // Sightings of one role, variant and edge, oldest first; of all edges or replicas where none is given.
  [[nodiscard]] std::span<const Sighting* const> select(evidence::Role role, evidence::VariantId variant,
                                                        std::optional<evidence::EdgeId> edge) const;
  void resolve(evidence::VariantId variant);
  void collect_cores(evidence::VariantId variant);
  [[nodiscard]] const Sighting* baseline_of(const evidence::Cell& cell) const;
  // Truth, baseline, answers and failures; not the other variants.
  [[nodiscard]] CellView own_view(const evidence::Cell& cell) const;
  void add_looks(CellView& view) const;
  void add_other_variants(CellView& view) const;

  Background background_;
  evidence::TenantId tenant_;
  evidence::AssetId asset_;
  std::vector<const Sighting*> sightings_;  // by role, variant, edge or replica, time
  std::vector<VariantTruth> truths_;        // by VariantId
  std::vector<evidence::Cell> cells_;
};

}  // namespace cachewitness::verdict
