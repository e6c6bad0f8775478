// Prober::Shard: some of a run's lanes on a thread and a network of their own. It shares nothing with other shards: its
// evidence goes through a ring to the thread that called Prober::run().
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <semaphore>
#include <thread>
#include <vector>

#include "probe/engine.h"
#include "probe/evidence_ring.h"
#include "probe/prober.h"

namespace cachewitness::probe {

// Wakes the one thread that waits. Ringing again before it woke costs no system call.
class Bell {
 public:
  void ring() {
    if (!is_rung_.exchange(true)) {
      waiting_.release();
    }
  }
  // Until it rings, or rang since the last call, but not longer than `longest`.
  void wait(base::Duration longest) {
    if (waiting_.try_acquire_for(longest)) {
      is_rung_.store(false);
    }
  }

 private:
  std::atomic<bool> is_rung_ = false;
  std::counting_semaphore<> waiting_{0};
};

class Prober::Shard final : RequestSource, evidence::EvidenceSink {
 public:
  struct Place {
    std::size_t rank = 0;
    std::size_t shards = 1;
  };
  // `numbers` says which lanes of the run those of `engine` are; `last_evidence` is the last id before the run's own.
  Shard(std::unique_ptr<Engine> engine, std::uint64_t last_evidence, std::vector<std::size_t> numbers, Place place,
        Bell& bell);

  ~Shard() override;

  // Begins to drain its lanes of `source`. Requires: what it is given outlives join().
  void start(RequestSource& source, base::Tick deadline, const std::atomic<bool>& is_stopping);
  // On the thread that called start(): hands on what has come since. Returns how much.
  template <class Take>
  std::size_t drain(Take&& take) {
    return ring_.drain([&](evidence::Evidence& evidence) {
      evidence.id = dealt_out(evidence.id, last_id_before_);
      if (evidence.path.connection != 0) {
        evidence.path.connection = dealt_out(evidence.path.connection, 0);
      }
      take(evidence);
    });
  }
  // Nothing more will come than what drain() finds after this.
  [[nodiscard]] bool is_done() const { return is_done_.load(std::memory_order_acquire); }
  // Waits for the end of what start() began.
  End join();
  [[nodiscard]] const ProbeProgress& progress() const { return engine_->progress(); }  // after join()

 private:
  bool next(std::size_t lane, ProbeRequest& out) override { return source_->next(numbers_[lane], out); }
  void take(const evidence::Evidence& evidence) override;
  void work();
  void announce();
  // Every shard counts for itself, from `before` on; the run's numbers are dealt out to the shards in turns.
  [[nodiscard]] std::uint64_t dealt_out(std::uint64_t own, std::uint64_t before) const {
    return before + (own - before - 1) * place_.shards + place_.rank + 1;
  }

  std::unique_ptr<Engine> engine_;    // made anywhere, but used and ended on the thread alone
  std::uint64_t last_id_before_;      // of evidence, when the run began
  std::vector<std::size_t> numbers_;  // by the engine's lane
  Place place_;
  Bell& bell_;
  EvidenceRing ring_;
  // What start() was given; no source is the word to end.
  RequestSource* source_ = nullptr;
  base::Tick deadline_;
  const std::atomic<bool>* is_stopping_ = nullptr;
  bool is_unannounced_ = false;
  std::atomic<bool> is_done_ = true;
  End end_ = End::finished;
  std::binary_semaphore begun_{0};
  std::binary_semaphore ended_{0};
  // One for all runs: what a kernel does for a thread ends with it. Last: it uses all the others.
  std::jthread thread_;
};

}  // namespace cachewitness::probe
