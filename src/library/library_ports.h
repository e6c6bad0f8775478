// LibraryPorts: the adapters in somebody else's process. No signal handler, nothing on its standard streams; a
// stop_token takes the part of Ctrl-C.
#pragma once

#include <memory>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "adapters/cares_resolver.h"
#include "adapters/posix_files.h"
#include "adapters/posix_processes.h"
#include "adapters/system_clock.h"
#include "adapters/system_entropy.h"
#include "adapters/system_environment.h"
#include "app/ports.h"
#include "base/result.h"

namespace cachewitness::library {

class LibraryPorts {
 public:
  static base::Result<std::unique_ptr<LibraryPorts>> make(std::stop_token stop);

  [[nodiscard]] app::Ports ports();
  // What the commands said on standard error, a line each, without the program's name.
  [[nodiscard]] std::vector<std::string> warnings() const;

 private:
  class CollectingConsole final : public ports::Console {
   public:
    bool out(std::string_view) override { return true; }
    void err(std::string_view text) override { text_ += text; }
    [[nodiscard]] bool out_is_terminal() const override { return false; }
    [[nodiscard]] bool err_is_terminal() const override { return false; }
    [[nodiscard]] int width() const override { return 100; }
    [[nodiscard]] const std::string& text() const { return text_; }

   private:
    std::string text_;
  };

  class StopInterrupts final : public ports::Interrupts {
   public:
    explicit StopInterrupts(std::stop_token stop) : stop_(std::move(stop)) {}
    [[nodiscard]] std::optional<int> pending() const override;

   private:
    std::stop_token stop_;
  };

  LibraryPorts(std::unique_ptr<ports::Network> network, const std::stop_token& stop);

  adapters::SystemClock clock_;
  adapters::SystemEntropy entropy_;
  adapters::SystemEnvironment environment_;
  adapters::PosixFiles files_;
  StopInterrupts interrupts_;
  adapters::PosixProcesses processes_;
  adapters::CaresResolver resolver_;
  CollectingConsole console_;
  std::unique_ptr<ports::Network> network_;
};

}  // namespace cachewitness::library
