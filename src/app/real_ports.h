// RealPorts: the adapters, made once by the program's entry. Machine: those of them that the library has too.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "adapters/cares_resolver.h"
#include "adapters/interrupts.h"
#include "adapters/posix_console.h"
#include "adapters/posix_files.h"
#include "adapters/posix_processes.h"
#include "adapters/system_clock.h"
#include "adapters/system_entropy.h"
#include "adapters/system_environment.h"
#include "app/ports.h"
#include "app/purge_ports.h"
#include "base/result.h"
#include "ports/synced_file.h"

namespace cachewitness::app {

// A network of its own for every thread that wants one.
[[nodiscard]] base::Result<std::unique_ptr<ports::Network>> make_network();

// A file that only grows, new or one to go on with: journals of purges and runs.
[[nodiscard]] base::Result<std::unique_ptr<ports::SyncedFile>> open_synced_file(const std::string& path, bool is_new);

// Asks over libcurl, and journals to files.
[[nodiscard]] PurgePorts real_purge_ports();

// The adapters that the program and a call of the library have alike; what they differ in is given.
class Machine {
 public:
  explicit Machine(std::unique_ptr<ports::Network> network) : network_(std::move(network)) {}

  [[nodiscard]] Ports ports(ports::Processes& processes, ports::Console& console, ports::Interrupts& interrupts);

 private:
  adapters::SystemClock clock_;
  adapters::SystemEntropy entropy_;
  adapters::SystemEnvironment environment_;
  adapters::PosixFiles files_;
  adapters::CaresResolver resolver_;
  std::unique_ptr<ports::Network> network_;
};

class RealPorts {
 public:
  static base::Result<std::unique_ptr<RealPorts>> make();

  [[nodiscard]] Ports ports() { return machine_.ports(processes_, console_, interrupts_); }
  // Why a part of the result never reached standard output.
  [[nodiscard]] const std::optional<base::Error>& console_failure() const { return console_.failure(); }

 private:
  class SignalInterrupts final : public ports::Interrupts {
   public:
    [[nodiscard]] std::optional<int> pending() const override { return adapters::pending_interrupt(); }
  };

  explicit RealPorts(std::unique_ptr<ports::Network> network) : machine_(std::move(network)) {}

  Machine machine_;
  adapters::PosixProcesses processes_;
  adapters::PosixConsole console_;
  SignalInterrupts interrupts_;
};

}  // namespace cachewitness::app
