#include "app/step_pool.h"

#include <utility>

namespace cachewitness::app {

ThreadedStepPool::~ThreadedStepPool() {
  for (auto& [key, thread] : threads_) {
    thread.join();
  }
}

void ThreadedStepPool::start(std::size_t key, ports::ProcessSpec spec) {
  threads_.emplace(key, std::thread([this, key, spec = std::move(spec)] {
                     auto outcome = processes_.run(spec);
                     const std::scoped_lock lock(mutex_);
                     ended_.push_back({key, std::move(outcome)});
                     something_ended_.notify_one();
                   }));
}

std::optional<StepPool::Ended> ThreadedStepPool::wait(base::Duration patience) {
  std::unique_lock lock(mutex_);
  if (!something_ended_.wait_for(lock, patience, [this] { return !ended_.empty(); })) {
    return std::nullopt;
  }
  Ended ended = std::move(ended_.front());
  ended_.pop_front();
  lock.unlock();
  threads_.extract(ended.key).mapped().join();
  return ended;
}

}  // namespace cachewitness::app
