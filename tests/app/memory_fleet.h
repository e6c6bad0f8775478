// MemoryFleet: the lab, the files and every port in memory, so that whole commands run in virtual time.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include "app/options.h"
#include "app/ports.h"
#include "lab/lab.h"
#include "support/memory_network.h"
#include "support/memory_ports.h"

namespace cachewitness::testing {

class MemoryFleet {
 public:
  // 2 regions x 2 edges and 12 tenants, unless the settings say otherwise; writes the manifest and the tenants.
  explicit MemoryFleet(lab::LabSettings settings = small_lab());

  static lab::LabSettings small_lab();

  [[nodiscard]] app::Ports ports();
  lab::Lab& lab() { return *lab_; }
  MemoryNetwork& network() { return network_; }

  // Each is a whole command; they return its exit code.
  int arm();
  int verify(const app::VerifyOptions& options);
  int judge(const std::string& evidence, const std::string& report);

  // Lets time pass, so that an Age tells one side of the purge from the other.
  void advance(base::Duration time);
  // What a deploy does: the new release on every replica, then a PURGE of everything.
  void deploy_and_purge();
  void deploy();
  // At that moment, whatever is going on.
  void act_after(base::Duration delay, std::function<void()> act);
  // Every edge loses what it holds.
  void evict();
  void purge();

  // --purged-at, --baseline, --report, --evidence and --log as the purge before left them.
  [[nodiscard]] app::VerifyOptions verify_options() const;
  [[nodiscard]] base::Instant purged_at() const { return purged_at_; }
  [[nodiscard]] base::Instant now() const { return clock_.wall(); }
  // What the last command left in that file. Requires: it is a JSON object.
  [[nodiscard]] boost::json::object report(const std::string& path = "report.json") const;
  // Replaces the first `from` in the manifest, and adds nothing where there is none.
  void edit_manifest(std::string_view from, std::string_view to);

  MemoryFiles files;
  MemoryEnvironment environment;
  ScriptedProcesses processes;
  MemoryConsole console;

 private:
  MemoryNetwork network_;
  NetworkClock clock_;
  CountingEntropy entropy_;
  MemoryResolver resolver_;
  base::Instant purged_at_;
  std::unique_ptr<lab::Lab> lab_;
  std::vector<std::unique_ptr<ports::TimerEvents>> acts_;  // of which each may still be to come

 public:
  ScriptedInterrupts interrupts{network_};
};

}  // namespace cachewitness::testing
