#include "probe/shard.h"

#include <utility>

#include "base/assert.h"

namespace cachewitness::probe {

namespace {
// Some hundred kilobytes: more than a shard sees in a turn, and little enough for a core's cache.
constexpr std::size_t ring_slots = 512;
}  // namespace

Prober::Shard::Shard(std::unique_ptr<Engine> engine, std::uint64_t last_evidence, std::vector<std::size_t> numbers,
                     Place place, Bell& bell)
    : engine_(std::move(engine)),
      last_id_before_(last_evidence),
      numbers_(std::move(numbers)),
      place_(place),
      bell_(bell),
      ring_(ring_slots),
      thread_([this] { work(); }) {}

Prober::Shard::~Shard() {
  CW_ASSERT(source_ == nullptr);
  begun_.release();
}

void Prober::Shard::start(RequestSource& source, base::Tick deadline, const std::atomic<bool>& is_stopping) {
  CW_ASSERT(source_ == nullptr);
  source_ = &source;
  deadline_ = deadline;
  is_stopping_ = &is_stopping;
  is_done_.store(false, std::memory_order_relaxed);
  begun_.release();
}

void Prober::Shard::work() {
  // Asked after every turn: the time to tell what the turn has brought.
  const auto requested = [this] {
    announce();
    return is_stopping_->load(std::memory_order_relaxed);
  };
  for (begun_.acquire(); source_ != nullptr; begun_.acquire()) {
    end_ = engine_->run(*this, *this, {deadline_, requested});
    is_done_.store(true, std::memory_order_release);
    bell_.ring();
    ended_.release();
  }
  engine_.reset();
}

Prober::End Prober::Shard::join() {
  ended_.acquire();
  source_ = nullptr;
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
