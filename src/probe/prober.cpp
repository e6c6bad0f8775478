#include "probe/prober.h"

#include <utility>

#include "probe/engine.h"

namespace cachewitness::probe {

Prober::Prober(ports::Network& network, ProbeSettings settings, std::vector<LaneTarget> lanes)
    : engine_(std::make_unique<Engine>(network, std::move(settings), std::move(lanes))) {}
Prober::~Prober() = default;

Prober::End Prober::run(RequestSource& source, evidence::EvidenceSink& sink, const StopWhen& stop) {
  return engine_->run(source, sink, stop);
}

const ProbeProgress& Prober::progress() const { return engine_->progress(); }

}  // namespace cachewitness::probe
