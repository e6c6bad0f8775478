#include "probe/crew.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <utility>

#include "base/assert.h"

namespace cachewitness::probe {

namespace {
constexpr base::Duration stop_is_asked_every = std::chrono::milliseconds(20);
}  // namespace

Prober::Crew::Crew(const std::vector<ports::Network*>& networks, const ProbeSettings& settings,
                   std::vector<LaneTarget> lanes, const std::vector<DatagramSessions*>& datagrams) {
  CW_ASSERT(networks.size() <= lanes.size() && settings.requests_per_second == 0);
  std::vector<std::vector<LaneTarget>> targets(networks.size());
  std::vector<std::vector<std::size_t>> numbers(networks.size());
  for (std::size_t i = 0; i < lanes.size(); ++i) {
    targets[i % networks.size()].push_back(std::move(lanes[i]));
    numbers[i % networks.size()].push_back(i);
  }
  for (std::size_t i = 0; i < networks.size(); ++i) {
    ProbeSettings part = settings;
    part.concurrency =
        std::max(1U, static_cast<std::uint32_t>(settings.concurrency * targets[i].size() / lanes.size()));
    auto engine =
        std::make_unique<Engine>(*networks[i], part, std::move(targets[i]), datagrams.empty() ? nullptr : datagrams[i]);
    shards_.push_back(std::make_unique<Shard>(std::move(engine), settings.last_evidence, std::move(numbers[i]),
                                              Shard::Place{.rank = i, .shards = networks.size()}, bell_));
  }
}

Prober::End Prober::Crew::run(RequestSource& source, evidence::EvidenceSink& sink, const StopWhen& stop) {
  std::atomic<bool> is_stopping = false;
  for (const auto& shard : shards_) {
    shard->start(source, stop.deadline, is_stopping);
  }
  for (;;) {
    // In this order: a shard that was done before the look has nothing that the look does not find.
    const bool is_done = std::ranges::all_of(shards_, [](const auto& shard) { return shard->is_done(); });
    const bool has_come = collect(sink);
    if (is_done) {
      return join();
    }
    if (stop.requested && stop.requested()) {
      is_stopping.store(true, std::memory_order_relaxed);
    }
    if (!has_come) {
      bell_.wait(stop_is_asked_every);
    }
  }
}

bool Prober::Crew::collect(evidence::EvidenceSink& sink) {
  std::size_t count = 0;
  for (const auto& shard : shards_) {
    count += shard->drain([this, &sink](const evidence::Evidence& evidence) {
      ++progress_.finished;
      progress_.failed += evidence.failure() != nullptr ? 1 : 0;
      sink.take(evidence);
    });
  }
  return count > 0;
}

Prober::End Prober::Crew::join() {
  End end = End::finished;
  progress_.connections = 0;
  for (const auto& shard : shards_) {
    const End its = shard->join();
    end = end == End::stopped || its == End::finished ? end : its;
    progress_.connections += shard->progress().connections;
  }
  return end;
}

}  // namespace cachewitness::probe
