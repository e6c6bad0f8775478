// Books: every sighting of a run, filed by what it is a sighting of, and the view of one cell on demand.
#pragma once

#include <cstdint>
#include <functional>
#include <unordered_map>
#include <vector>

#include "evidence/evidence.h"
#include "evidence/run_header.h"
#include "verdict/cell_view.h"
#include "verdict/expectations.h"

namespace cachewitness::verdict {

struct CellHash {
  std::size_t operator()(const evidence::Cell& cell) const noexcept {
    std::uint64_t h = (std::uint64_t{cell.edge.value} << 32 | cell.tenant.value) * 0x9E3779B97F4A7C15ULL;
    h ^= (std::uint64_t{cell.asset.value} << 32 | cell.variant.value) + (h >> 29);
    return static_cast<std::size_t>(h * 0xBF58476D1CE4E5B9ULL ^ (h >> 32));
  }
};

class Books {
 public:
  // Requires: both outlive it; the roster's edges and replicas are complete.
  Books(const evidence::RunHeader& header, const evidence::Roster& roster);

  void add(const evidence::Evidence& evidence);

  // Nothing was learnt about the cell: cancelled, or never asked for.
  [[nodiscard]] bool has(const evidence::Cell& cell) const { return probes_.contains(cell); }
  // Requires: has(cell).
  [[nodiscard]] CellView view(const evidence::Cell& cell) const;
  // Sorted.
  [[nodiscard]] std::vector<evidence::Cell> cells() const;

  // A truth is filed under its environment's number in place of an edge.
  struct TruthAnswers {
    evidence::Cell cell;  // one edge of the environment stands for all
    Expected expected;
    std::vector<const Sighting*> replicas;   // the last answer of each, by ReplicaId
    std::vector<const Sighting*> baselines;  // of all edges of the environment
  };
  // For each truth in which replicas are silent, or differ among themselves or from what was expected.
  void for_each_troubled_truth(const std::function<void(const TruthAnswers&)>& visit) const;

  [[nodiscard]] const evidence::RunHeader& header() const { return header_; }
  [[nodiscard]] const evidence::Roster& roster() const { return roster_; }
  [[nodiscard]] const Notebook& notebook() const { return notebook_; }

 private:
  using Chains = std::unordered_map<evidence::Cell, std::uint32_t, CellHash>;

  void file(Chains& chains, const evidence::Cell& key, std::uint32_t sighting);
  [[nodiscard]] std::vector<const Sighting*> chain(const Chains& chains, const evidence::Cell& key) const;
  [[nodiscard]] std::uint32_t environment_of(const evidence::Cell& cell) const;
  [[nodiscard]] std::vector<const Sighting*> replicas_of(const evidence::Cell& truth_key) const;
  [[nodiscard]] const Sighting* baseline_of(const evidence::Cell& cell) const;
  [[nodiscard]] Truth truth_of(const evidence::Cell& cell) const;
  [[nodiscard]] std::vector<TextId> truth_cores(const evidence::Cell& cell) const;
  // Truth, baseline, answers and failures; not the other variants.
  [[nodiscard]] CellView own_view(const evidence::Cell& cell) const;
  void add_looks(CellView& view) const;
  void add_other_variants(CellView& view) const;

  const evidence::RunHeader& header_;
  const evidence::Roster& roster_;
  Notebook notebook_;
  Expectations expectations_;
  std::vector<std::uint32_t> environment_of_edge_;
  std::vector<std::uint32_t> environment_of_replica_;
  Chains probes_;
  Chains baselines_;
  Chains truths_;
};

}  // namespace cachewitness::verdict
