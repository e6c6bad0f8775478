// LibraryPorts: the adapters in somebody else's process. No signal handler, nothing on its standard streams; a
// stop_token takes the part of Ctrl-C.
#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "adapters/posix_processes.h"
#include "app/caught_console.h"
#include "app/ports.h"
#include "app/real_ports.h"
#include "base/result.h"

namespace cachewitness::library {

class LibraryPorts {
 public:
  static base::Result<std::unique_ptr<LibraryPorts>> make(std::stop_token stop);

  [[nodiscard]] app::Ports ports() { return machine_.ports(processes_, console_, interrupts_); }
  // What the commands said on standard error, a line each, without the program's name.
  [[nodiscard]] std::vector<std::string> warnings() const { return console_.diagnostics(); }

 private:
  class StopInterrupts final : public ports::Interrupts {
   public:
    explicit StopInterrupts(std::stop_token stop) : stop_(std::move(stop)) {}
    [[nodiscard]] std::optional<int> pending() const override;

   private:
    std::stop_token stop_;
  };

  LibraryPorts(std::unique_ptr<ports::Network> network, const std::stop_token& stop);

  app::Machine machine_;
  StopInterrupts interrupts_;
  adapters::PosixProcesses processes_;
  app::CaughtConsole console_;
};

}  // namespace cachewitness::library
