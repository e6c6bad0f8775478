#include "probe/prober.h"

#include <utility>

#include "base/assert.h"
#include "probe/crew.h"
#include "probe/engine.h"

namespace cachewitness::probe {

Prober::Prober(ports::Network& network, ProbeSettings settings, std::vector<LaneTarget> lanes,
               DatagramSessions* datagrams)
    : engine_(std::make_unique<Engine>(network, std::move(settings), std::move(lanes), datagrams)) {}

Prober::Prober(const std::vector<ports::Network*>& networks, const ProbeSettings& settings,
               std::vector<LaneTarget> lanes, const std::vector<DatagramSessions*>& datagrams) {
  CW_ASSERT(!networks.empty() && (datagrams.empty() || datagrams.size() == networks.size()));
  if (networks.size() == 1) {
    engine_ = std::make_unique<Engine>(*networks.front(), settings, std::move(lanes),
                                       datagrams.empty() ? nullptr : datagrams.front());
  } else {
    crew_ = std::make_unique<Crew>(networks, settings, std::move(lanes), datagrams);
  }
}

Prober::~Prober() = default;

Prober::End Prober::run(RequestSource& source, evidence::EvidenceSink& sink, const StopWhen& stop) {
  return engine_ ? engine_->run(source, sink, stop) : crew_->run(source, sink, stop);
}

const ProbeProgress& Prober::progress() const { return engine_ ? engine_->progress() : crew_->progress(); }

}  // namespace cachewitness::probe
