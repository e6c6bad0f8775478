#include "app/lab_thread.h"

#include <utility>

namespace cachewitness::app {

namespace {
// How long a call may wait for a lab that has nothing else to do.
constexpr base::Duration longest_turn = std::chrono::milliseconds(2);
}  // namespace

base::Result<std::unique_ptr<LabThread>> LabThread::start(const NetworkFactory& make_network,
                                                          lab::LabSettings settings) {
  std::unique_ptr<LabThread> lab(new LabThread);
  std::promise<base::Result<void>> started;
  auto outcome = started.get_future();
  lab->thread_ =
      std::thread(&LabThread::serve, lab.get(), std::cref(make_network), std::move(settings), std::move(started));
  if (auto result = outcome.get(); !result) {
    return std::unexpected(std::move(result).error());
  }
  return lab;
}

LabThread::~LabThread() {
  {
    const std::scoped_lock lock(mutex_);
    is_stopping_ = true;
  }
  thread_.join();
}

void LabThread::serve(const NetworkFactory& make_network, lab::LabSettings settings,
                      std::promise<base::Result<void>> started) {
  const auto network = make_network();
  if (!network) {
    started.set_value(std::unexpected(network.error()));
    return;
  }
  auto lab = lab::Lab::start(**network, std::move(settings));
  if (!lab) {
    started.set_value(std::unexpected(std::move(lab).error()));
    return;
  }
  started.set_value({});
  while (true) {
    (*network)->turn((*network)->now() + longest_turn);
    run_calls(**lab);
    const std::scoped_lock lock(mutex_);
    if (is_stopping_) {
      return;
    }
  }
}

void LabThread::run_calls(lab::Lab& lab) {
  std::vector<std::packaged_task<void(lab::Lab&)>> calls;
  {
    const std::scoped_lock lock(mutex_);
    calls.swap(calls_);
  }
  for (auto& call : calls) {
    call(lab);
  }
}

void LabThread::call(const std::function<void(lab::Lab&)>& action) {
  std::packaged_task<void(lab::Lab&)> task(action);
  std::future<void> done = task.get_future();
  {
    const std::scoped_lock lock(mutex_);
    calls_.push_back(std::move(task));
  }
  done.wait();
}

}  // namespace cachewitness::app
