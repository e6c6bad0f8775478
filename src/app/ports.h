// Everything outside the process that a command may touch, in one place: real in main, in memory in tests.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

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
  // Hears how far a command has come: the phase, what of it is finished, and of how many (0 = unknown). At most ten
  // times a second, on the command's thread. Empty where nobody listens.
  std::function<void(std::string_view phase, std::uint64_t finished, std::uint64_t total)> watch_progress{};
};

}  // namespace cachewitness::app
