// Where the prober's requests come from: the plan's cells, the origin's truths, cells to look at again.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "plan/plan.h"
#include "probe/prober.h"

namespace cachewitness::app {

// Request headers of each variant with their secrets resolved, by VariantId.
using VariantHeaders = std::vector<std::vector<probe::HeaderLine>>;

// Prober lanes of a run: the origin's replicas first, then the plan's edges.
struct ReplicaLane {
  std::size_t environment = 0;
  evidence::ReplicaId replica;
  const manifest::OriginReplica* settings = nullptr;
};

// Writes what is sent for a cell. Borrows the plan and the headers. Nothing in it changes: any thread may ask.
class RequestWriter {
 public:
  RequestWriter(const plan::Plan& plan, const VariantHeaders& headers) : plan_(plan), headers_(headers) {}

  void write_probe(const plan::Lane& lane, const evidence::Cell& cell, probe::ProbeRequest& out) const;
  void write_origin(const ReplicaLane& lane, const evidence::Cell& cell, probe::ProbeRequest& out) const;

 private:
  void finish(const evidence::Cell& cell, probe::ProbeRequest& out) const;

  const plan::Plan& plan_;
  const VariantHeaders& headers_;
};

// Every replica is asked for every truth, or for those that are named. A replica that fails `patience` times on end is
// left alone, so that a dead origin cannot eat the deadline of the edges; the cells then lack its word, which the judge
// says.
class OriginSource final : public probe::RequestSource, public evidence::EvidenceSink {
 public:
  static constexpr std::uint32_t patience = 16;

  OriginSource(const plan::Plan& plan, const RequestWriter& writer, std::vector<ReplicaLane> lanes);
  // `truths` have no edge. Their evidence is of that round.
  OriginSource(const plan::Plan& plan, const RequestWriter& writer, std::vector<ReplicaLane> lanes,
               std::vector<evidence::Cell> truths, std::uint16_t round);

  bool next(std::size_t lane, probe::ProbeRequest& out) override;
  void take(const evidence::Evidence& evidence) override;
  [[nodiscard]] std::uint64_t total() const;

 private:
  struct Progress {
    std::uint64_t next = 0;
    std::atomic<std::uint32_t> failures_on_end = 0;  // counted where evidence is taken, read where requests are sent
  };
  const plan::Plan& plan_;
  const RequestWriter& writer_;
  [[nodiscard]] std::uint64_t truths() const { return named_ ? named_->size() : plan_.combinations(); }

  std::vector<ReplicaLane> lanes_;
  std::vector<Progress> progress_;
  std::optional<std::vector<evidence::Cell>> named_;
  std::uint16_t round_ = 0;
};

// Which connection a further sample takes: a new one may meet another server behind the same address.
enum class Connections : std::uint8_t { kept, fresh };

// Cells that are named one by one, to look at again.
class AgainSource final : public probe::RequestSource {
 public:
  // `first_lane` is the prober's number of the plan's first lane; the evidence is of that round.
  AgainSource(const plan::Plan& plan, const RequestWriter& writer, std::size_t first_lane, Connections connections,
              std::uint16_t round = 0);

  // Not while the prober runs on several threads.
  void add(const evidence::Cell& cell, std::uint16_t sample);
  bool next(std::size_t lane, probe::ProbeRequest& out) override;
  [[nodiscard]] std::uint64_t left() const;

 private:
  struct Again {
    evidence::Cell cell;
    std::uint16_t sample;
  };
  const plan::Plan& plan_;
  const RequestWriter& writer_;
  std::size_t first_lane_;
  Connections connections_;
  std::uint16_t round_;
  std::vector<std::deque<Again>> queues_;    // by plan lane
  std::vector<std::uint32_t> lane_of_edge_;  // by EdgeId
};

// The plan's cells in its order, lane by lane, as often as the lane's servers need. What ask_again() names
// goes first.
//
// Variants come one after the other: a cache with native Vary shows a variant that a purge has hidden only
// once the answer to another one has rebuilt its index, so no two may be under way together.
class PlanSource final : public probe::RequestSource {
 public:
  PlanSource(const plan::Plan& plan, const RequestWriter& writer, std::size_t first_lane);

  // False once every variant is open; to be called when the requests of the one before were answered.
  bool open_next_variant();
  // The variant that was opened last.
  [[nodiscard]] evidence::VariantId variant() const;
  // Requests of one variant to all edges.
  [[nodiscard]] std::uint64_t requests_of_variant() const;
  // Samples that every cell of the edge takes.
  [[nodiscard]] std::uint32_t samples(evidence::EdgeId edge) const;

  bool next(std::size_t lane, probe::ProbeRequest& out) override;
  // Not while the prober runs on several threads.
  void ask_again(const evidence::Cell& cell, std::uint16_t sample) { again_.add(cell, sample); }
  // Cells that were not asked for yet.
  [[nodiscard]] std::uint64_t left() const;

 private:
  // What a lane asks next.
  struct Walk {
    std::uint64_t combination = 0;
    std::uint32_t sample = 0;
    std::uint32_t samples = 1;
  };
  const plan::Plan& plan_;
  const RequestWriter& writer_;
  std::size_t first_lane_;
  AgainSource again_;
  std::vector<Walk> walks_;  // by plan lane
  std::uint64_t open_ = 0;   // combinations of the variants that are open
};

}  // namespace cachewitness::app
