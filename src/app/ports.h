// Everything outside the process that a command may touch, in one place: real in main, in memory in tests.
#pragma once

#include <functional>
#include <memory>

#include "base/result.h"
#include "ports/clock.h"
#include "ports/console.h"
#include "ports/entropy.h"
#include "ports/environment.h"
#include "ports/files.h"
#include "ports/interrupts.h"
#include "ports/network.h"
#include "ports/processes.h"
#include "ports/resolver.h"

namespace cachewitness::app {

// Borrowed: outlives every command.
struct Ports {
  ports::Clock& clock;
  ports::Entropy& entropy;
  ports::Environment& environment;
  ports::Files& files;
  ports::Processes& processes;
  ports::Resolver& resolver;
  ports::Network& network;
  ports::Console& console;
  ports::Interrupts& interrupts;
  // Another network, for a thread of its own. Empty where there is but the one.
  std::function<base::Result<std::unique_ptr<ports::Network>>()> make_network{};
  unsigned processors = 1;  // that this process may use
};

}  // namespace cachewitness::app
