#include "probe/engine.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "base/assert.h"

namespace cachewitness::probe {

namespace {

constexpr base::Duration stop_is_asked_every = std::chrono::milliseconds(50);
// A prober that is faster than its edges would be woken for every single answer.
constexpr base::Duration least_gathering = std::chrono::microseconds(200);
constexpr base::Duration most_gathering = std::chrono::milliseconds(1);  // by so much an answer may seem to be late
constexpr std::uint64_t crowded = 4;   // exchanges a connection, from which on answers come in crowds
constexpr std::uint64_t parts = 4;     // a turn that brings such a part of what is in flight needs no gathering
constexpr std::uint64_t morsels = 16;  // one that brings less than such a part needs more

}  // namespace

Prober::Engine::Engine(ports::Network& network, ProbeSettings settings, std::vector<LaneTarget> lanes,
                       DatagramSessions* datagrams)
    : run_{.network = network,
           .datagram_sessions = datagrams,
           .settings = std::move(settings),
           .bucket = TokenBucket(run_.settings.requests_per_second),
           .last_evidence = run_.settings.last_evidence,
           .last_connection = run_.settings.last_connection} {
  CW_ASSERT(run_.settings.timeout > base::Duration{0});
  for (LaneTarget& target : lanes) {
    lanes_.push_back(std::make_unique<Lane>(run_, std::move(target), lanes_.size()));
  }
}

Prober::End Prober::Engine::run(RequestSource& source, evidence::EvidenceSink& sink, const StopWhen& stop) {
  run_.sink = &sink;
  active_.clear();
  for (const auto& lane : lanes_) {
    lane->reopen();
    active_.push_back(lane.get());
  }
  for (;;) {
    expire(run_.network.now());
    if (stop.requested && stop.requested()) {
      return stop_with(End::stopped);
    }
    if (run_.network.now() >= stop.deadline) {
      return stop_with(End::deadline);
    }
    dispatch(source);
    if (active_.empty()) {
      run_.sink = nullptr;
      return End::finished;
    }
    wait(stop);
  }
}

// Equal parts, and one more for the first lanes where it does not come out even. A part only ever grows while
// lanes drain, so that the sum stays within the limit.
std::uint32_t Prober::Engine::share(std::size_t rank) const {
  const auto lanes = static_cast<std::uint32_t>(active_.size());
  const std::uint32_t rest = run_.settings.concurrency % lanes;
  return std::max(1U, run_.settings.concurrency / lanes + (rank < rest ? 1U : 0U));
}

void Prober::Engine::dispatch(RequestSource& source) {
  const base::Tick now = run_.network.now();
  for (std::size_t rank = 0; rank < active_.size(); ++rank) {
    active_[rank]->dispatch(source, share(rank), now);
  }
  std::erase_if(active_, [](const Lane* lane) { return lane->is_drained(); });
}

void Prober::Engine::expire(base::Tick now) {
  while (run_.exchanges.oldest() != nullptr && run_.exchanges.oldest()->deadline <= now) {
    Exchange& exchange = *run_.exchanges.oldest();
    const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(run_.settings.timeout).count();
    lanes_[exchange.lane]->end(exchange, base::FailureCause::timeout,
                               fmt::format("no whole response within {} ms: stopped", milliseconds));
  }
}

Prober::End Prober::Engine::stop_with(End end) {
  const auto why = end == End::deadline ? "the run's deadline passed: stopped" : "the run was stopped";
  while (Exchange* exchange = run_.exchanges.oldest()) {
    lanes_[exchange->lane]->end(*exchange, base::FailureCause::cancelled, why);
  }
  run_.sink = nullptr;
  return end;
}

void Prober::Engine::wait(const StopWhen& stop) {
  const base::Tick now = run_.network.now();
  base::Tick until = stop.deadline;
  if (stop.requested) {
    until = std::min(until, now + stop_is_asked_every);
  }
  if (run_.exchanges.oldest() != nullptr) {
    until = std::min(until, run_.exchanges.oldest()->deadline);
  }
  for (std::size_t rank = 0; rank < active_.size(); ++rank) {
    until = std::min(until, active_[rank]->wakes_at(share(rank), now));
  }
  gather();
  if (run_.network.turn(until)) {
    return;
  }
  // Nothing is open: every lane waits for its pace, which only a timer makes the network wait for.
  const ports::TimerId timer = run_.network.arm_timer(until, *this);
  run_.network.turn(until);
  run_.network.cancel_timer(timer);
}

// Where the last turn brought but a small part of what many streams wait for. Without multiplexing it pays nothing:
// each connection then waits for its next request (measured: docs/performance.md).
void Prober::Engine::gather() {
  const std::uint64_t in_flight = run_.progress.in_flight;
  const std::uint64_t finished = run_.progress.finished - std::exchange(finished_before_, run_.progress.finished);
  const bool is_crowded = in_flight >= crowded * std::max(1U, run_.used_connections);
  if (!is_crowded || finished * parts >= in_flight) {
    gathering_ = least_gathering;
    return;
  }
  gathering_ =
      std::clamp(finished * morsels < in_flight ? 2 * gathering_ : gathering_, least_gathering, most_gathering);
  run_.network.gather(gathering_);
}

void Prober::Engine::on_timer(base::Tick /*now*/) {}  // to wake the loop is all that it is for

}  // namespace cachewitness::probe
