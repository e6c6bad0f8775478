// PosixProcesses: ports::Processes over posix_spawn. A child gets a session of its own, a clean environment,
// no descriptor but its three streams and default signals. Its program is found by OUR path. Whatever it
// does, run() ends: by its exit, or by the timeout plus half a second of grace. What it left behind in its
// process group is killed with it.
#pragma once

#include <functional>
#include <utility>

#include "ports/processes.h"

namespace cachewitness::adapters {

class PosixProcesses final : public ports::Processes {
 public:
  // An interrupt of ours (adapters/interrupts.h) stops the child as the timeout does; it ends `signalled`.
  PosixProcesses();
  // The same with another sign to stop, asked every 100 ms.
  explicit PosixProcesses(std::function<bool()> is_interrupted) : is_interrupted_(std::move(is_interrupted)) {}

  base::Result<ports::ProcessOutcome> run(const ports::ProcessSpec& spec) override;
  base::Result<ports::ProcessOutcome> stream(const ports::ProcessSpec& spec, ports::ByteSink& output) override;

 private:
  std::function<bool()> is_interrupted_;
};

}  // namespace cachewitness::adapters
