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
#include "verdict/leak_book.h"
#include "verdict/purge_failures.h"

namespace cachewitness::verdict {

// What a dossier is read with; everything outlives it.
struct Background {
  const evidence::RunHeader& header;
  const evidence::Roster& roster;
  const Notebook& notebook;
  const Expectations& expectations;
  const PurgeFailures& purge_failures;
  const LeakBook& leaks;
  std::size_t sampled_edges = 1;  // of the run: those that hide several servers
};

class Dossier {
 public:
  explicit Dossier(const Background& background) : background_(background) {}
  // Views point into what it holds.
  Dossier(Dossier&&) = default;
  Dossier& operator=(Dossier&&) = delete;
  Dossier(const Dossier&) = delete;
  Dossier& operator=(const Dossier&) = delete;
  ~Dossier() = default;

  // Takes what is on the trail, in the place of what it held.
  void take(evidence::TenantId tenant, evidence::AssetId asset, const Trail& trail);

  [[nodiscard]] evidence::TenantId tenant() const { return tenant_; }
  [[nodiscard]] evidence::AssetId asset() const { return asset_; }
  // Those that an edge was asked about; sorted.
  [[nodiscard]] const std::vector<evidence::Cell>& cells() const { return cells_; }
  [[nodiscard]] bool has(const evidence::Cell& cell) const;
  // Requires: has(cell). The view must not outlive what the dossier holds now.
  [[nodiscard]] CellView view(const evidence::Cell& cell) const;
  // The same, into a view whose capacity is reused.
  void view(const evidence::Cell& cell, CellView& out) const;

  [[nodiscard]] const Notebook& notebook() const { return background_.notebook; }
  // By VariantId.
  [[nodiscard]] const Truth& truth(evidence::VariantId variant) const { return truths_[variant.index()].truth; }
  [[nodiscard]] std::size_t variants() const { return truths_.size(); }

 private:
  struct VariantTruth {
    Truth truth;
    std::vector<Text> cores;
  };
  // Sightings of one role, variant and edge or replica: part of sightings_.
  struct Group {
    evidence::Role role = evidence::Role::probe;
    std::uint32_t variant = 0;
    std::uint32_t place = 0;
    std::uint32_t first = 0;
    std::uint32_t end = 0;
  };

  void group();
  // Of one role and variant, at one place, oldest first.
  [[nodiscard]] std::span<const Sighting* const> select(evidence::Role role, evidence::VariantId variant,
                                                        evidence::EdgeId edge) const;
  // At all edges or replicas.
  [[nodiscard]] std::span<const Sighting* const> select(evidence::Role role, evidence::VariantId variant) const;
  void resolve(evidence::VariantId variant);
  void collect_cores(evidence::VariantId variant);
  [[nodiscard]] const Sighting* baseline_of(const evidence::Cell& cell) const;
  // Truth, baseline, answers and failures; not the other variants.
  void own_view(const evidence::Cell& cell, CellView& out) const;
  void add_looks(CellView& view) const;
  [[nodiscard]] bool is_one_url(const Sighting& a, const Sighting& b) const;
  void add_other_variants(CellView& view) const;
  void find_repeated_exchanges();
  // Another sighting that is the same exchange; null where there is none.
  [[nodiscard]] const Sighting* twin_of(const Sighting& sighting) const;
  void add_twin(CellView& view) const;
  [[nodiscard]] Spread spread_of(evidence::VariantId variant) const;
  // What edges serve that was there before the purge, of one variant.
  struct OldCopy {
    const Sighting* seen = nullptr;
    Generation generation;
    bool is_newcomer = false;  // SharedCopy::newcomer
  };
  [[nodiscard]] const std::vector<OldCopy>& old_copies(evidence::VariantId variant) const;
  void add_shared(CellView& view) const;

  Background background_;
  evidence::TenantId tenant_;
  evidence::AssetId asset_;
  std::vector<Sighting> held_;              // as the notebook gave them
  std::vector<const Sighting*> sightings_;  // by role, variant, edge or replica, time
  std::vector<Group> groups_;               // in the same order
  std::vector<VariantTruth> truths_;        // by VariantId
  std::vector<evidence::Cell> cells_;
  std::vector<const Sighting*> repeated_;  // of exchanges that were seen more than once; sorted by exchange
  // By VariantId; made when first asked for, because most dossiers are fresh throughout.
  mutable std::vector<std::optional<Spread>> spreads_;
  mutable std::vector<std::optional<std::vector<OldCopy>>> old_copies_;  // likewise; of the oldest first
};

}  // namespace cachewitness::verdict
