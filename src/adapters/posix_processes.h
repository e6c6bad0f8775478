// PosixProcesses: ports::Processes over fork and exec. Each program has a supervisor of ours above it
// (adapters/supervisor.h), a session of its own, a clean environment and default signals. Whatever it does, run() ends:
// by its exit, or by the timeout plus half a second of grace, and five seconds more where the kernel takes its time;
// eight and five more where the program has stopped its supervisor.
#pragma once

#include <functional>
#include <utility>

#include "ports/processes.h"

namespace cachewitness::adapters {

class PosixProcesses final : public ports::Processes {
 public:
  // An interrupt of ours (adapters/interrupts.h) stops the child as the timeout does; it ends `signalled`. Not so where
  // the spec has a stop token.
  PosixProcesses();
  // The same with another sign to stop, asked every 100 ms.
  explicit PosixProcesses(std::function<bool()> is_interrupted) : is_interrupted_(std::move(is_interrupted)) {}

  base::Result<ports::ProcessOutcome> run(const ports::ProcessSpec& spec) override;
  base::Result<ports::ProcessOutcome> stream(const ports::ProcessSpec& spec, ports::ByteSink& output) override;
  base::Result<std::uint32_t> reap(const std::string& lease) override;

 private:
  std::function<bool()> is_interrupted_;
};

}  // namespace cachewitness::adapters
