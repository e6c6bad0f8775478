// StepPool: programs that run beside each other. The run starts them and is told of each end; in tests they are
// functions, and waiting moves the clock.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <thread>

#include "base/result.h"
#include "base/time.h"
#include "ports/processes.h"

namespace cachewitness::app {

class StepPool {
 public:
  struct Ended {
    std::size_t key = 0;
    base::Result<ports::ProcessOutcome> outcome;
  };

  virtual ~StepPool() = default;
  virtual void start(std::size_t key, ports::ProcessSpec spec) = 0;
  // The next program that ended; nothing where none did within `patience`.
  virtual std::optional<Ended> wait(base::Duration patience) = 0;
};

// A thread for each program, over a port that takes calls from several. Destroyed, it waits for all of them.
class ThreadedStepPool final : public StepPool {
 public:
  explicit ThreadedStepPool(ports::Processes& processes) : processes_(processes) {}
  ~ThreadedStepPool() override;
  ThreadedStepPool(const ThreadedStepPool&) = delete;
  ThreadedStepPool& operator=(const ThreadedStepPool&) = delete;

  void start(std::size_t key, ports::ProcessSpec spec) override;
  std::optional<Ended> wait(base::Duration patience) override;

 private:
  ports::Processes& processes_;
  std::mutex mutex_;
  std::condition_variable something_ended_;
  std::deque<Ended> ended_;
  std::map<std::size_t, std::thread> threads_;
};

}  // namespace cachewitness::app
