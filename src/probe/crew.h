// Prober::Crew: the shards of one run, and the thread that waits for what they see.
#pragma once

#include <memory>
#include <vector>

#include "probe/prober.h"
#include "probe/shard.h"

namespace cachewitness::probe {

class Prober::Crew {
 public:
  Crew(const std::vector<ports::Network*>& networks, const ProbeSettings& settings, std::vector<LaneTarget> lanes,
       const std::vector<DatagramSessions*>& datagrams);

  End run(RequestSource& source, evidence::EvidenceSink& sink, const StopWhen& stop);
  [[nodiscard]] const ProbeProgress& progress() const { return progress_; }

 private:
  // Returns whether there was any.
  bool collect(evidence::EvidenceSink& sink);
  End join();

  Bell bell_;
  std::vector<std::unique_ptr<Shard>> shards_;
  ProbeProgress progress_;
};

}  // namespace cachewitness::probe
