// libcachewitness over a lab on real sockets: what a program that embeds it may rely on.
#include <csignal>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stop_token>
#include <string>
#include <thread>

#include "app/lab_thread.h"
#include "app/real_ports.h"
#include "cachewitness/cachewitness.h"
#include "lab/lab_manifest.h"

namespace cachewitness {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

// Longer than any honest end, shorter than what is stopped would take.
constexpr auto soon = 4s;

std::string text_of(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

class Library : public ::testing::Test {
 protected:
  Library() {
    char name[] = "/tmp/cachewitness-library-XXXXXX";
    folder_ = ::mkdtemp(name);
  }
  ~Library() override { fs::remove_all(folder_); }

  void start_lab(const std::vector<lab::FaultOrder>& faults, const std::string& more_manifest = "") {
    lab::LabSettings settings;
    settings.regions = lab::region_names(2);
    settings.edges_per_region = 2;
    settings.tenants = lab::tenant_names(4);
    settings.anchor = {{std::chrono::nanoseconds(std::chrono::system_clock::now().time_since_epoch()).count()}, {}};
    settings.faults = faults;
    auto lab = app::LabThread::start(app::make_network, std::move(settings));
    ASSERT_TRUE(lab);
    lab_ = std::move(*lab);
    lab_->call([&](lab::Lab& running) {
      yaml_ = lab::manifest_yaml(running.directory(), {}) + more_manifest;
      std::ofstream(folder_ / "cachewitness.yaml") << yaml_;
      std::ofstream(folder_ / "tenants.csv") << lab::tenants_csv(running.directory());
    });
  }

  // Until the origin has been asked: the run is under way.
  void wait_for_requests() {
    for (std::uint64_t requests = 0; requests == 0; std::this_thread::yield()) {
      lab_->call([&requests](lab::Lab& running) { requests = running.replicas().front()->requests(); });
    }
  }

  [[nodiscard]] Manifest manifest() const { return Manifest::from_file(path("cachewitness.yaml")); }
  [[nodiscard]] std::string path(const char* name) const { return (folder_ / name).string(); }

  fs::path folder_;
  std::string yaml_;
  std::unique_ptr<app::LabThread> lab_;
};

TEST_F(Library, ReportsWhatTheProgramReportsAndItsEvidenceIsJudgedAlike) {
  start_lab({{lab::FaultKind::header_drift, "us-west-2", "tenant-xyz"}});
  VerifyOptions options;
  options.outputs.report = path("report.json");
  options.outputs.evidence = path("evidence.jsonl.zst");
  const auto report = verify_invalidation(manifest(), options);
  ASSERT_TRUE(report) << report.errors().front().text();
  EXPECT_EQ(report->exit_code, 1);
  EXPECT_FALSE(report->passed());
  EXPECT_THAT(report->affected_tenants, ElementsAre("tenant-xyz"));
  ASSERT_FALSE(report->findings.empty());
  EXPECT_EQ(report->findings.front().state, State::mismatch);
  EXPECT_EQ(report->findings.front().cause, "header-drift");
  EXPECT_EQ(report->findings.front().edge, "us-west-2");
  EXPECT_EQ(report->cells.total, report->cells.fresh + report->findings.size());
  EXPECT_EQ(report->outcome, "PARTIAL_SUCCESS - 3/4 tenants verified. Flagged 1 for retry.");
  EXPECT_THAT(report->text, HasSubstr(report->outcome));
  EXPECT_EQ(report->json, text_of(path("report.json")));
  const auto judged = judge_evidence(path("evidence.jsonl.zst"), {.html = path("report.html")});
  ASSERT_TRUE(judged) << judged.errors().front().text();
  EXPECT_EQ(judged->json, report->json);
  EXPECT_EQ(judged->exit_code, 1);
  EXPECT_THAT(text_of(path("report.html")), HasSubstr("tenant-xyz"));
}

TEST_F(Library, KnowsWhatAnEdgeKeptWhereABaselineWasRecorded) {
  start_lab({});
  const auto baseline = record_baseline(manifest(), path("before.jsonl"));
  ASSERT_TRUE(baseline) << baseline.errors().front().text();
  EXPECT_EQ(baseline->exit_code, 0);
  EXPECT_EQ(baseline->recorded, baseline->planned);
  EXPECT_EQ(baseline->held, baseline->planned);
  EXPECT_EQ(baseline->unanswered, 0U);
  lab_->call([](lab::Lab& running) { ASSERT_TRUE(running.deploy(2)); });
  VerifyOptions options;
  options.baseline = path("before.jsonl");
  options.purge_requested_at = std::chrono::time_point_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now());
  const auto report = verify_invalidation(manifest(), options);
  ASSERT_TRUE(report) << report.errors().front().text();
  EXPECT_EQ(report->cells.stale, baseline->planned);
  EXPECT_EQ(report->tenants.flagged, 4U);
  EXPECT_TRUE(std::ranges::all_of(report->findings, [](const Finding& finding) {
    return finding.cause == "purge-misaddressed" || finding.cause == "never-purged";
  }));
  EXPECT_FALSE(record_baseline(manifest(), path("none/before.jsonl")));
}

TEST_F(Library, TakesAManifestAsTextAndLeavesTheProcessAsItWas) {
  start_lab({});
  VerifyOptions options;
  options.tenants = {"tenant-abc", "tenant-x*"};
  const auto report = verify_invalidation(Manifest::from_text(yaml_, folder_.string()), options);
  ASSERT_TRUE(report) << report.errors().front().text();
  EXPECT_TRUE(report->passed());
  EXPECT_EQ(report->tenants.total, 2U);
  EXPECT_THAT(report->unwritten, IsEmpty());
  for (const int signal : {SIGINT, SIGTERM, SIGPIPE, SIGCHLD}) {
    struct sigaction action{};
    ASSERT_EQ(::sigaction(signal, nullptr, &action), 0);
    EXPECT_EQ(action.sa_handler, SIG_DFL) << signal;
  }
}

TEST_F(Library, TellsTheFaultsOfAManifestWithTheirPlaces) {
  const auto report = verify_invalidation(Manifest::from_text("version: 1\ntenant: [a]\n", "/nowhere"));
  ASSERT_FALSE(report);
  const auto unknown = std::ranges::find(report.errors(), "manifest-unknown-key", &Error::id);
  ASSERT_NE(unknown, report.errors().end());
  EXPECT_EQ(unknown->exit_code, 2);
  EXPECT_EQ(unknown->file, "/nowhere/manifest.yaml");
  EXPECT_EQ(unknown->line, 2U);
  EXPECT_THAT(unknown->text(), HasSubstr("/nowhere/manifest.yaml:2:1: "));
}

TEST_F(Library, TellsWhatItCannotDoBeforeAnythingIsSent) {
  start_lab({});
  struct Row {
    const char* what;
    VerifyOptions options;
    const char* id;
    int exit_code;
  };
  const TimePoint now = std::chrono::time_point_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now());
  const Row rows[] = {
      {"an unknown environment", {.environments = {"labb"}}, "unknown-name", 2},
      {"a glob that matches nothing", {.tenants = {"nobody-*"}}, "no-cells", 3},
      {"a purge in the future", {.purge_requested_at = now + 1h}, "usage", 2},
      {"an answer before the question", {.purge_requested_at = now, .purge_acknowledged_at = now - 1s}, "usage", 2},
      {"a missing baseline", {.baseline = path("none.jsonl")}, "unreadable-file", 2},
      {"a folder that is not there", {.outputs = {.report = path("none/report.json")}}, "unwritable-file", 4},
  };
  for (const Row& row : rows) {
    const auto report = verify_invalidation(manifest(), row.options);
    ASSERT_FALSE(report) << row.what;
    EXPECT_EQ(report.errors().front().id, row.id) << row.what << report.errors().front().text();
    EXPECT_EQ(report.errors().front().exit_code, row.exit_code) << row.what;
  }
  EXPECT_FALSE(judge_evidence(path("cachewitness.yaml")));
}

TEST_F(Library, KeepsTheVerdictsOfAReportThatCannotBeWritten) {
  start_lab({});
  VerifyOptions options;
  options.outputs.report = "/dev/full";
  const auto report = verify_invalidation(manifest(), options);
  ASSERT_TRUE(report) << report.errors().front().text();
  EXPECT_TRUE(report->gate.passed);
  EXPECT_FALSE(report->passed());
  EXPECT_EQ(report->exit_code, 4);
  ASSERT_EQ(report->unwritten.size(), 1U);
  EXPECT_EQ(report->unwritten.front().id, "unwritable-file");
}

TEST_F(Library, StopsAtOnceWithWhatWasSeen) {
  std::vector<lab::FaultOrder> hanging;
  for (const char* edge : {"us-west-1", "us-west-2", "us-east-1", "us-east-2"}) {
    hanging.push_back({lab::FaultKind::hang_mid_head, edge, "*"});
  }
  start_lab(hanging);
  VerifyOptions options;
  options.outputs.evidence = path("evidence.jsonl");
  std::stop_source stop;
  const std::jthread stopper([&] {
    wait_for_requests();
    stop.request_stop();
  });
  const auto started = std::chrono::steady_clock::now();
  const auto report = verify_invalidation(manifest(), options, stop.get_token());
  EXPECT_LT(std::chrono::steady_clock::now() - started, soon);
  ASSERT_TRUE(report) << report.errors().front().text();
  EXPECT_FALSE(report->complete);
  EXPECT_EQ(report->why_incomplete, "interrupted");
  EXPECT_EQ(report->exit_code, 130);
  EXPECT_FALSE(report->passed());
  const auto judged = judge_evidence(path("evidence.jsonl"));
  ASSERT_TRUE(judged) << judged.errors().front().text();
  EXPECT_EQ(judged->json, report->json);
}

TEST_F(Library, StopsAChecksProgram) {
  start_lab({}, "checks:\n  - {name: endless, run: [sh, -c, \"touch started; exec sleep 600\"], timeout: 10m}\n");
  std::stop_source stop;
  const std::jthread stopper([&] {
    while (!fs::exists(folder_ / "started")) {
      std::this_thread::yield();
    }
    stop.request_stop();
  });
  const auto report = verify_invalidation(manifest(), {}, stop.get_token());
  ASSERT_TRUE(report) << report.errors().front().text();
  EXPECT_EQ(report->exit_code, 130);
  EXPECT_FALSE(report->complete);
  EXPECT_THAT(report->checks, IsEmpty());
}

TEST_F(Library, IsCalledFromSeveralThreadsAtOnce) {
  start_lab({{lab::FaultKind::header_drift, "us-east-1", "tenant-abc"}});
  std::atomic<int> right = 0;
  {
    std::vector<std::jthread> callers;
    for (const char* tenant : {"tenant-abc", "tenant-xyz", "tenant-pqr"}) {
      callers.emplace_back([this, tenant, &right] {
        VerifyOptions options;
        options.tenants = {tenant};
        const auto report = verify_invalidation(manifest(), options);
        right += report && report->passed() == (options.tenants.front() != "tenant-abc") ? 1 : 0;
      });
    }
  }
  EXPECT_EQ(right, 3);
}

}  // namespace
}  // namespace cachewitness
