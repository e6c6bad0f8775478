#include "app/memory_fleet.h"

#include <utility>

#include <boost/json/parse.hpp>

#include "app/arm_command.h"
#include "app/judge_command.h"
#include "app/verify_command.h"
#include "base/assert.h"
#include "lab/lab_manifest.h"
#include "lab/sweep.h"

namespace cachewitness::testing {

namespace {
// 2026-11-23T14:32:18Z
constexpr base::Instant start{1'795'444'338'000'000'000};
}  // namespace

lab::LabSettings MemoryFleet::small_lab() {
  lab::LabSettings settings;
  settings.regions = lab::region_names(2);
  settings.edges_per_region = 2;
  settings.tenants = lab::tenant_names(12);
  return settings;
}

MemoryFleet::MemoryFleet(lab::LabSettings settings) : clock_(network_, start) {
  settings.address = *base::parse_ip("127.0.0.1", 0);
  settings.anchor = clock_.anchor();
  auto lab = lab::Lab::start(network_, std::move(settings));
  CW_ASSERT(lab.has_value());
  lab_ = std::move(*lab);
  files.contents["cachewitness.yaml"] = lab::manifest_yaml(lab_->directory(), {});
  files.contents["tenants.csv"] = lab::tenants_csv(lab_->directory());
}

app::Ports MemoryFleet::ports() {
  return {clock_, entropy_, environment, files, processes, resolver_, network_, console, interrupts};
}

void MemoryFleet::advance(base::Duration time) {
  struct Bell final : ports::TimerEvents {
    bool has_rung = false;
    void on_timer(base::Tick) override { has_rung = true; }
  } bell;
  network_.arm_timer(network_.now() + time, bell);
  while (!bell.has_rung) {
    network_.turn(base::Tick::never());
  }
}

int MemoryFleet::arm() {
  app::ArmOptions options;
  options.evidence = "baseline.jsonl";
  return app::run_arm(ports(), options);
}

int MemoryFleet::verify(const app::VerifyOptions& options) { return app::run_verify(ports(), options); }

int MemoryFleet::judge(const std::string& evidence, const std::string& report) {
  app::JudgeOptions options;
  options.evidence = evidence;
  options.outputs.report = report;
  return app::run_judge(ports(), options);
}

// A minute on either side: longer than what an Age leaves open.
void MemoryFleet::deploy() {
  advance(std::chrono::minutes(1));
  CW_ASSERT(lab_->deploy(2).has_value());
  advance(std::chrono::minutes(1));
}

void MemoryFleet::purge() {
  purged_at_ = clock_.wall();
  lab::Sweep sweep(network_, lab::purges(lab_->directory()), {});
  sweep.run(network_.now() + std::chrono::seconds(60));
}

void MemoryFleet::act_after(base::Duration delay, std::function<void()> act) {
  struct Alarm final : ports::TimerEvents {
    explicit Alarm(std::function<void()> given) : act(std::move(given)) {}
    std::function<void()> act;
    void on_timer(base::Tick) override { act(); }
  };
  network_.arm_timer(network_.now() + delay, *acts_.emplace_back(std::make_unique<Alarm>(std::move(act))));
}

void MemoryFleet::evict() {
  for (const auto& edge : lab_->edges()) {
    edge->store().clear();
  }
}

void MemoryFleet::deploy_and_purge() {
  deploy();
  purge();
}

app::VerifyOptions MemoryFleet::verify_options() const {
  app::VerifyOptions options;
  options.purged_at = base::rfc3339(purged_at_, 9);
  options.baseline = files.exists("baseline.jsonl") ? "baseline.jsonl" : "";
  options.outputs.report = "report.json";
  options.outputs.evidence = "evidence.jsonl";
  options.outputs.log = "log.json";
  return options;
}

boost::json::object MemoryFleet::report(const std::string& path) const {
  return boost::json::parse(files.contents.at(path)).as_object();
}

void MemoryFleet::edit_manifest(std::string_view from, std::string_view to) {
  std::string& text = files.contents["cachewitness.yaml"];
  const std::size_t at = text.find(from);
  CW_ASSERT(at != std::string::npos);
  text.replace(at, from.size(), to);
}

}  // namespace cachewitness::testing
