// In-memory twins of the small ports, for tests of whole commands. They record what was asked of them.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/socket_address.h"
#include "ports/clock.h"
#include "ports/console.h"
#include "ports/entropy.h"
#include "ports/environment.h"
#include "ports/files.h"
#include "ports/interrupts.h"
#include "ports/network.h"
#include "ports/processes.h"
#include "ports/resolver.h"

namespace cachewitness::testing {

// Wall time that moves with a network's own clock, from a fixed start.
class NetworkClock final : public ports::Clock {
 public:
  NetworkClock(const ports::Network& network, base::Instant start) : network_(network), start_(start) {}
  [[nodiscard]] base::Instant wall() const override { return start_ + (network_.now() - base::Tick{0}); }
  [[nodiscard]] base::Tick tick() const override { return network_.now(); }

 private:
  const ports::Network& network_;
  base::Instant start_;
};

class CountingEntropy final : public ports::Entropy {
 public:
  std::uint64_t next() override { return ++last_; }

 private:
  std::uint64_t last_ = 0;
};

class MemoryEnvironment final : public ports::Environment {
 public:
  std::map<std::string, std::string> variables;

  [[nodiscard]] std::optional<std::string> variable(const std::string& name) const override;
  [[nodiscard]] std::string working_directory() const override { return "/memory"; }
};

// Files by path; folders are what their names imply, and nothing is executable but what ends in ".sh". A path in
// `unwritable` cannot be created; one in `full` cannot be written to.
class MemoryFiles final : public ports::Files {
 public:
  std::map<std::string, std::string> contents;
  std::vector<std::string> unwritable;
  std::vector<std::string> full;

  base::Result<std::string> read_all(const std::string& path, std::size_t limit) override;
  base::Result<std::unique_ptr<ports::InputFile>> open(const std::string& path) override;
  base::Result<std::unique_ptr<ports::OutputFile>> create(const std::string& path) override;
  base::Result<std::unique_ptr<ports::OutputFile>> replace(const std::string& path) override;
  base::Result<std::unique_ptr<ports::OutputFile>> replace_private(const std::string& path) override;
  base::Result<std::string> read_private(const std::string& path, std::size_t limit) override {
    return read_all(path, limit);
  }
  [[nodiscard]] bool exists(const std::string& path) const override { return contents.contains(path); }
  base::Result<void> make_folder(const std::string&) override { return {}; }
  base::Result<std::vector<ports::FolderEntry>> list(const std::string& path) override;
  base::Result<std::string> canonical(const std::string& path) override;
  void remove(const std::string& path) override { contents.erase(path); }

 private:
  base::Result<std::unique_ptr<ports::OutputFile>> open_for_writing(const std::string& path, bool appears_on_close);
};

// Programs that are functions.
class ScriptedProcesses final : public ports::Processes {
 public:
  std::function<base::Result<ports::ProcessOutcome>(const ports::ProcessSpec&)> program;
  std::vector<ports::ProcessSpec> started;

  base::Result<ports::ProcessOutcome> run(const ports::ProcessSpec& spec) override;
  base::Result<ports::ProcessOutcome> stream(const ports::ProcessSpec& spec, ports::ByteSink& output) override;
  // No program outlives its function.
  base::Result<std::uint32_t> reap(const std::string&) override { return 0; }
};

// Numeric addresses answer themselves; names answer what `names` says, and fail otherwise.
class MemoryResolver final : public ports::Resolver {
 public:
  std::map<std::string, std::vector<std::string>> names;  // to numeric addresses

  std::vector<ports::Resolved> resolve(std::span<const ports::Query> queries, base::Duration timeout,
                                       const std::function<bool()>& is_stopped) override;
};

class MemoryConsole final : public ports::Console {
 public:
  std::string out_text;
  std::string err_text;

  bool out(std::string_view text) override {
    out_text += text;
    return true;
  }
  void err(std::string_view text) override { err_text += text; }
  [[nodiscard]] bool out_is_terminal() const override { return false; }
  [[nodiscard]] bool err_is_terminal() const override { return false; }
  [[nodiscard]] int width() const override { return 100; }
};

// A signal that comes when the clock says so.
class ScriptedInterrupts final : public ports::Interrupts {
 public:
  explicit ScriptedInterrupts(const ports::Network& network) : network_(network) {}
  std::optional<std::pair<base::Tick, int>> signal;

  [[nodiscard]] std::optional<int> pending() const override {
    return signal && network_.now() >= signal->first ? std::optional(signal->second) : std::nullopt;
  }

 private:
  const ports::Network& network_;
};

}  // namespace cachewitness::testing
