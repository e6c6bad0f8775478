// LabThread: the lab on a thread and a network of its own, so that the prober's thread measures real sockets.
// The two share nothing but those: every call runs on the lab's thread, between two turns of its network.
#pragma once

#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "base/result.h"
#include "lab/lab.h"
#include "ports/network.h"

namespace cachewitness::app {

class LabThread {
 public:
  using NetworkFactory = std::function<base::Result<std::unique_ptr<ports::Network>>()>;

  // Returns once every listener is up.
  static base::Result<std::unique_ptr<LabThread>> start(const NetworkFactory& make_network, lab::LabSettings settings);
  // Stops the thread; connections are cut.
  ~LabThread();
  LabThread(const LabThread&) = delete;
  LabThread& operator=(const LabThread&) = delete;

  // Runs `action` on the lab's thread and waits for it.
  void call(const std::function<void(lab::Lab&)>& action);

 private:
  LabThread() = default;
  void serve(const NetworkFactory& make_network, lab::LabSettings settings, std::promise<base::Result<void>> started);
  void run_calls(lab::Lab& lab);

  std::mutex mutex_;  // guards calls_ and is_stopping_
  std::vector<std::packaged_task<void(lab::Lab&)>> calls_;
  bool is_stopping_ = false;
  std::thread thread_;
};

}  // namespace cachewitness::app
