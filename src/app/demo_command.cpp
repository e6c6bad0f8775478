#include "app/demo_command.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "app/arm_command.h"
#include "app/coherency_script.h"
#include "app/diagnostics.h"
#include "app/publish.h"
#include "app/verification.h"
#include "base/text.h"
#include "lab/lab_manifest.h"
#include "lab/sweep.h"
#include "report/execution_log.h"

namespace cachewitness::app {

namespace {

constexpr base::Duration longest_sweep = std::chrono::seconds(60);
constexpr std::uint32_t new_release = 2;
// What browsers ask for.
const std::vector<lab::Coding> variants{lab::Coding::gzip};

// The story: at one edge the purge of three tenants is acknowledged and does nothing.
std::vector<lab::FaultOrder> missed_purges(const std::vector<std::string>& regions) {
  const std::string edge = regions.back() + "-2";
  return {{lab::FaultKind::node_not_purged, edge, "tenant-xyz"},
          {lab::FaultKind::node_not_purged, edge, "tenant-pqr"},
          {lab::FaultKind::node_not_purged, edge, "tenant-lmn"}};
}

// One demo, act by act. Each act says on one line what it did and how long that took.
class Demo {
 public:
  Demo(const Ports& ports, const DemoOptions& options) : ports_(ports), options_(options) {}

  int run(const LabThread::NetworkFactory& make_network);

 private:
  base::Result<void> open_lab(const LabThread::NetworkFactory& make_network);
  base::Result<void> write_inputs();
  base::Result<std::size_t> sweep(std::vector<lab::SweepRequest> requests);
  base::Result<void> warm();
  int arm();
  base::Result<void> deploy();
  base::Result<evidence::PurgeTimes> purge();
  int verify(evidence::PurgeTimes purge);
  [[nodiscard]] bool told_the_truth(const report::Run& run) const;
  void say(std::string_view act, const std::string& text);
  [[nodiscard]] std::string path(std::string_view name) const { return fmt::format("{}/{}", directory_, name); }

  Ports ports_;
  const DemoOptions& options_;
  std::string directory_;
  lab::Directory lab_directory_;
  std::vector<lab::PlantedFault> planted_;
  std::unique_ptr<LabThread> lab_;
  base::Tick act_started_at_;
};

void Demo::say(std::string_view act, const std::string& text) {
  const base::Tick now = ports_.clock.tick();
  const base::Duration spent = now - std::exchange(act_started_at_, now);
  if (!options_.common.is_quiet && options_.common.format == Format::text) {
    ports_.console.out(fmt::format("  {:<8} {} ({})\n", act, text, base::human(spent)));
  }
}

base::Result<void> Demo::open_lab(const LabThread::NetworkFactory& make_network) {
  lab::LabSettings settings;
  settings.regions = lab::region_names(options_.regions);
  settings.edges_per_region = options_.edges_per_region;
  settings.tenants = lab::tenant_names(options_.tenants);
  settings.seed = options_.seed;
  settings.address = *base::parse_ip("127.0.0.1", 0);
  settings.anchor = ports_.clock.anchor();
  settings.faults = missed_purges(settings.regions);
  auto lab = LabThread::start(make_network, std::move(settings));
  if (!lab) {
    return std::unexpected(std::move(lab).error());
  }
  lab_ = std::move(*lab);
  lab_->call([this](lab::Lab& running) {
    lab_directory_ = running.directory();
    planted_ = running.planted();
  });
  say("lab", fmt::format("{} edges in {} regions, {} origin replicas, {} tenants, all on 127.0.0.1",
                         lab_directory_.edges.size(), lab_directory_.regions.size(), lab_directory_.replicas.size(),
                         lab_directory_.tenants.size()));
  return {};
}

base::Result<void> Demo::write_inputs() {
  directory_ = options_.directory;
  if (directory_.empty()) {
    const std::string parent = ports_.environment.variable("TMPDIR").value_or("/tmp");
    directory_ = fmt::format("{}/cachewitness-demo-{:08x}", parent, ports_.entropy.next() & 0xFFFFFFFF);
  }
  if (auto made = ports_.files.make_folder(directory_); !made) {
    return made;
  }
  const std::string manifest =
      lab::manifest_yaml(lab_directory_, {.variants = variants, .ca_file = {}}) + std::string(coherency_check_yaml);
  for (const auto& [name, text] : {std::pair{"cachewitness.yaml", manifest},
                                   {"tenants.csv", lab::tenants_csv(lab_directory_)},
                                   {"cdn-verify.py", std::string(coherency_script)}}) {
    if (auto written = write_file(ports_, path(name), text); !written) {
      return written;
    }
  }
  return {};
}

int Demo::arm() {
  ArmOptions options;
  options.common = options_.common;
  options.common.manifest = path("cachewitness.yaml");
  options.common.is_quiet = true;
  options.evidence = path("baseline.jsonl");
  const int code = run_arm(ports_, options);
  if (code == 0) {
    say("arm", "recorded what every edge holds before the deploy");
  }
  return code;
}

base::Result<void> Demo::deploy() {
  base::Result<void> result;
  lab_->call([&result](lab::Lab& running) { result = running.deploy(new_release); });
  if (result) {
    say("deploy", fmt::format("release {} on every origin replica", new_release));
  }
  return result;
}

// Every request is sent and answered 200; returns how many those were.
base::Result<std::size_t> Demo::sweep(std::vector<lab::SweepRequest> requests) {
  const std::size_t wanted = requests.size();
  lab::Sweep sweep(ports_.network, std::move(requests), {});
  const lab::SweepTally& tally = sweep.run(ports_.network.now() + longest_sweep);
  if (tally.of(200) != wanted) {
    return base::fail(base::errors::program_failed, fmt::format("the lab answered {} of {} requests with 200; {}",
                                                                tally.of(200), wanted, tally.first_failure));
  }
  return wanted;
}

base::Result<void> Demo::warm() {
  const auto visits = sweep(lab::visits(lab_directory_, variants));
  if (!visits) {
    return std::unexpected(visits.error());
  }
  say("visit", fmt::format("{} visitors fill the caches with release 1", base::grouped(*visits)));
  return {};
}

base::Result<evidence::PurgeTimes> Demo::purge() {
  evidence::PurgeTimes times;
  times.is_known = true;
  times.source = "demo";
  times.requested_at = ports_.clock.wall();
  const auto purged = sweep(lab::purges(lab_directory_));
  if (!purged) {
    return std::unexpected(purged.error());
  }
  times.acknowledged_at = ports_.clock.wall();
  say("purge",
      fmt::format("{} PURGE requests, each answered 200: accepted, which is not evicted", base::grouped(*purged)));
  return times;
}

bool Demo::told_the_truth(const report::Run& run) const {
  std::set<std::pair<std::string, std::string>> planted;
  for (const lab::PlantedFault& fault : planted_) {
    planted.emplace(fault.server, fault.tenant);
  }
  std::set<std::pair<std::string, std::string>> told;
  for (const verdict::Verdict& finding : run.judgement.findings) {
    if (finding.state != verdict::State::stale || finding.cause != verdict::Cause::never_purged) {
      return false;
    }
    told.emplace(run.roster.edge(finding.cell.edge).name, run.roster.tenant(finding.cell.tenant));
  }
  return told == planted;
}

int Demo::verify(evidence::PurgeTimes purge) {
  VerifyOptions options;
  options.common = options_.common;
  options.common.manifest = path("cachewitness.yaml");
  options.baseline = path("baseline.jsonl");
  options.outputs.report = path("report.json");
  options.outputs.evidence = path("evidence.jsonl");
  options.outputs.html = path("report.html");
  options.outputs.log = path("log.json");
  Verification verification(ports_, options, PurgeRecord{std::move(purge)});
  const int code = verification.run();
  report_errors(ports_, verification.errors());
  if (!verification.has_report()) {
    return code;
  }
  const report::Run run = verification.report();
  say("verify", fmt::format("{} real probes, judged", base::grouped(run.judgement.probes)));
  if (options_.common.format == Format::text && !options_.common.is_quiet) {
    ports_.console.out("\n" + report::render_log(verification.log()) + "\n");
  }
  verification.print();
  if (!told_the_truth(run)) {
    return report_error(
        ports_, {base::errors::program_failed,
                 "the verdicts do not tell what was planted; please report this with " + directory_, std::nullopt});
  }
  if (options_.common.format == Format::text) {
    ports_.console.out(
        fmt::format("\nWhat was planted is what was found. Look closer:\n"
                    "  {1} explain {0}/evidence.jsonl\n"
                    "  {1} judge {0}/evidence.jsonl\n"
                    "  {0}/report.html\n",
                    directory_, options_.program));
  }
  return static_cast<int>(base::ExitCode::passed);
}

int Demo::run(const LabThread::NetworkFactory& make_network) {
  act_started_at_ = ports_.clock.tick();
  if (auto opened = open_lab(make_network); !opened) {
    return report_error(ports_, opened.error());
  }
  if (auto written = write_inputs(); !written) {
    return report_error(ports_, written.error());
  }
  if (auto warmed = warm(); !warmed) {
    return report_error(ports_, warmed.error());
  }
  if (const int code = arm(); code != 0) {
    return code;
  }
  if (auto deployed = deploy(); !deployed) {
    return report_error(ports_, deployed.error());
  }
  auto times = purge();
  if (!times) {
    return report_error(ports_, times.error());
  }
  return verify(std::move(*times));
}

}  // namespace

int run_demo(const Ports& ports, const DemoOptions& options, const LabThread::NetworkFactory& make_network) {
  return Demo(ports, options).run(make_network);
}

}  // namespace cachewitness::app
