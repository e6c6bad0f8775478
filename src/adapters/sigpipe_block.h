// SigpipeBlock: while it lives, writing to a peer that has gone away is an error and no signal, for this thread and
// those it starts. For code that runs in somebody else's process, where the action of a signal is not ours to choose.
#pragma once

#include <signal.h>

namespace cachewitness::adapters {

class SigpipeBlock {
 public:
  SigpipeBlock();
  ~SigpipeBlock();
  SigpipeBlock(const SigpipeBlock&) = delete;
  SigpipeBlock& operator=(const SigpipeBlock&) = delete;

 private:
  sigset_t before_{};
  bool was_pending_ = false;
};

}  // namespace cachewitness::adapters
