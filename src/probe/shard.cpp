#include "probe/shard.h"

#include <utility>

#include "base/assert.h"

namespace cachewitness::probe {

namespace {
// Some hundred kilobytes: more than a shard sees in a turn, and little enough for a core's cache.
constexpr std::size_t ring_slots = 512;
}  // namespace

Prober::Shard::Shard(ports::Network& network, const ProbeSettings& settings, std::vector<LaneTarget> lanes,
                     std::vector<std::size_t> numbers, Place place, Bell& bell)
    : engine_(network, settings, std::move(lanes)),
      last_id_before_(settings.last_evidence),
      numbers_(std::move(numbers)),
      place_(place),
      bell_(bell),
      ring_(ring_slots) {}

void Prober::Shard::start(RequestSource& source, base::Tick deadline, const std::atomic<bool>& is_stopping) {
  CW_ASSERT(!thread_.joinable());
  source_ = &source;
  is_done_.store(false, std::memory_order_relaxed);
  thread_ = std::jthread([this, deadline, &is_stopping] {
    // Asked after every turn: the time to tell what the turn has brought.
    const auto requested = [this, &is_stopping] {
      announce();
      return is_stopping.load(std::memory_order_relaxed);
    };
    end_ = engine_.run(*this, *this, {deadline, requested});
    is_done_.store(true, std::memory_order_release);
    bell_.ring();
  });
}

Prober::End Prober::Shard::join() {
  thread_.join();
  return end_;
}

void Prober::Shard::take(const evidence::Evidence& evidence) {
  if (ring_.is_full()) {
    announce();
    ring_.wait_for_room();
  }
  ring_.push(evidence);
  is_unannounced_ = true;
}

void Prober::Shard::announce() {
  if (std::exchange(is_unannounced_, false)) {
    bell_.ring();
  }
}

}  // namespace cachewitness::probe
