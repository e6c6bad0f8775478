// Prober::Engine: the loop over all lanes: shares of the concurrency, timeouts, the run's deadline and stop.
#pragma once

#include <memory>
#include <vector>

#include "probe/lane.h"
#include "probe/prober.h"
#include "probe/run_state.h"

namespace cachewitness::probe {

class Prober::Engine final : public ports::TimerEvents {
 public:
  Engine(ports::Network& network, ProbeSettings settings, std::vector<LaneTarget> lanes, DatagramSessions* datagrams);

  End run(RequestSource& source, evidence::EvidenceSink& sink, const StopWhen& stop);
  [[nodiscard]] const ProbeProgress& progress() const { return run_.progress; }

  void on_timer(base::Tick now) override;

 private:
  [[nodiscard]] std::uint32_t share(std::size_t rank) const;
  void dispatch(RequestSource& source);
  void expire(base::Tick now);
  End stop_with(End end);
  void wait(const StopWhen& stop);
  void gather();

  RunState run_;
  std::vector<std::unique_ptr<Lane>> lanes_;
  std::uint64_t finished_before_ = 0;  // the last turn
  base::Duration gathering_{};         // how long gather() waited last
  std::vector<Lane*> active_;          // not drained yet, in the order of the lanes
};

}  // namespace cachewitness::probe
