// Whole runs of skills in virtual time: programs are functions that take as long as they say.
#include <gmock/gmock.h>

#include <csignal>
#include <functional>
#include <map>
#include <string>
#include <utility>

#include "app/memory_fleet.h"
#include "app/run_command.h"
#include "report/read_log.h"
#include "support/skill_commands.h"

namespace cachewitness::app {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::MemoryFleet;

struct Performance {
  base::Duration takes = seconds(1);
  int code = 0;
  std::string output{};
};

class MemoryJournal final : public ports::SyncedFile {
 public:
  explicit MemoryJournal(std::string& bytes) : bytes_(bytes) {}
  base::Result<void> append(std::string_view lines) override {
    bytes_ += lines;
    return {};
  }

 private:
  std::string& bytes_;
};

// Ends programs in the order in which they would have ended, and lets the time in between pass.
class VirtualStepPool final : public StepPool {
 public:
  using Program = std::function<Performance(const ports::ProcessSpec&)>;
  VirtualStepPool(MemoryFleet& fleet, Program program, std::size_t& most_at_once)
      : fleet_(fleet), program_(std::move(program)), most_at_once_(most_at_once) {}

  void start(std::size_t key, ports::ProcessSpec spec) override {
    const Performance performance = program_(spec);
    ports::ProcessOutcome outcome;
    outcome.output = performance.output;
    outcome.code = performance.code;
    const bool is_late = performance.takes > spec.timeout;
    outcome.end = is_late ? ports::ProcessOutcome::End::timed_out : ports::ProcessOutcome::End::exited;
    running_.emplace(fleet_.now() + (is_late ? spec.timeout : performance.takes), Ended{key, outcome});
    most_at_once_ = std::max(most_at_once_, running_.size());
  }

  std::optional<Ended> wait(base::Duration patience) override {
    if (fleet_.interrupts.pending()) {  // ends whatever runs
      for (auto& [when, ended] : running_) {
        ended.outcome->end = ports::ProcessOutcome::End::signalled;
        ended.outcome->code = SIGTERM;
      }
    } else if (running_.empty() || running_.begin()->first > fleet_.now() + patience) {
      fleet_.advance(patience);
      return std::nullopt;
    } else if (running_.begin()->first > fleet_.now()) {
      fleet_.advance(running_.begin()->first - fleet_.now());
    }
    Ended ended = std::move(running_.begin()->second);
    running_.erase(running_.begin());
    return ended;
  }

 private:
  MemoryFleet& fleet_;
  Program program_;
  std::size_t& most_at_once_;
  std::multimap<base::Instant, Ended> running_;
};

class SkillRunTest : public ::testing::Test {
 protected:
  void workflow(const std::string& steps) {
    fleet.files.contents["/memory/demo/SKILL.md"] =
        "---\nname: demo\ndescription: Of the tests.\nmetadata:\n  cachewitness.workflow: workflow.yaml\n---\n";
    fleet.files.contents["/memory/demo/workflow.yaml"] = "version: 1\nsteps:\n" + steps;
    for (const char* name : {"one", "two", "three", "undo"}) {
      fleet.files.contents[std::string("/bin/") + name] = name;
    }
    fleet.environment.variables["PATH"] = "/bin";
  }

  int run(RunOptions options = {}) {
    options.skill = "/memory/demo";
    options.directory = "/memory/run";
    options.is_confirmed = true;
    RunPorts run_ports;
    run_ports.journal = [this](const std::string& path, bool) -> base::Result<std::unique_ptr<ports::SyncedFile>> {
      return std::make_unique<MemoryJournal>(fleet.files.contents[path]);
    };
    run_ports.pool = [this](ports::Processes&) -> std::unique_ptr<StepPool> {
      return std::make_unique<VirtualStepPool>(
          fleet,
          [this](const ports::ProcessSpec& spec) {
            started.push_back(spec.argv.front());
            return program(spec);
          },
          most_at_once);
    };
    run_ports.program = "/bin/cachewitness";
    run_ports.commands = testing_support::skill_commands();
    return run_skill(fleet.ports(), run_ports, options);
  }

  report::ExecutionLog log() {
    auto read = report::read_log(fleet.files.contents["/memory/run/log.json"], "log.json");
    EXPECT_TRUE(read);
    return *std::move(read);
  }

  MemoryFleet fleet;
  std::function<Performance(const ports::ProcessSpec&)> program = [](const auto&) { return Performance{}; };
  std::vector<std::string> started;
  std::size_t most_at_once = 0;
};

TEST_F(SkillRunTest, StepsBesideEachOtherTakeTheTimeOfTheLongest) {
  workflow("  - {id: a, run: [one]}\n  - {id: b, run: [two]}\n  - {id: c, run: [three], needs: [a, b]}\n");
  program = [](const ports::ProcessSpec& spec) {
    return Performance{seconds(spec.argv.front() == "/bin/two" ? 60 : 5)};
  };
  EXPECT_EQ(run(), 0);
  EXPECT_EQ(log().total_duration, seconds(65));
  EXPECT_EQ(most_at_once, 2U);
  EXPECT_EQ(log().outcome, "SUCCESS - 3/3 steps complete.");
}

TEST_F(SkillRunTest, NoMoreStepsAtOnceThanTheWorkflowSays) {
  std::string steps;
  for (int i = 0; i < 20; ++i) {
    steps += "  - {id: s" + std::to_string(i) + ", run: [one]}\n";
  }
  workflow(steps + "concurrency: 3\n");
  EXPECT_EQ(run(), 0);
  EXPECT_EQ(most_at_once, 3U);
  EXPECT_EQ(log().total_duration, seconds(7));
}

TEST_F(SkillRunTest, WaitsLongerBeforeEachFurtherAttempt) {
  workflow("  - {id: a, run: [one], retry: {times: 3, wait: 10s, factor: 2, most: 30s}}\n");
  program = [this](const ports::ProcessSpec&) { return Performance{seconds(1), started.size() < 4 ? 1 : 0}; };
  EXPECT_EQ(run(), 0);
  EXPECT_EQ(log().total_duration, seconds(1 + 10 + 1 + 20 + 1 + 30 + 1));
  ASSERT_EQ(log().steps.size(), 1U);
  EXPECT_EQ(log().steps[0].status, report::StepStatus::complete);
}

TEST_F(SkillRunTest, ATimeoutIsAFailureOfTheStep) {
  workflow("  - {id: a, run: [one], timeout: 5s}\n  - {id: b, run: [two], needs: [a]}\n");
  program = [](const auto&) { return Performance{std::chrono::hours(1)}; };
  EXPECT_EQ(run(), 1);
  EXPECT_EQ(log().total_duration, seconds(5));
  EXPECT_THAT(log().outcome, HasSubstr("step a failed: did not end within"));
}

TEST_F(SkillRunTest, TheRunsOwnTimeEndsEverythingButCleanUpsWhichHaveATimeOfTheirOwn) {
  workflow(
      "  - {id: a, run: [one]}\n  - {id: b, run: [two], needs: [a], if: always()}\n  - {id: c, run: [three], needs: "
      "[a]}\ntimeout: 8s\n");
  program = [](const auto&) { return Performance{std::chrono::hours(1)}; };
  EXPECT_EQ(run(), 3);
  EXPECT_EQ(log().total_duration, seconds(8 + 30));
  EXPECT_THAT(started, ElementsAre("/bin/one", "/bin/two"));
}

TEST_F(SkillRunTest, RollsBackInReverse) {
  workflow(
      "  - {id: a, run: [one], mutates: true, rollback: {run: [undo, a]}}\n"
      "  - {id: b, run: [two], needs: [a], mutates: true, on_failure: rollback, rollback: {run: [undo, b]}}\n");
  std::vector<std::string> undone;
  program = [&](const ports::ProcessSpec& spec) {
    if (spec.argv.front() == "/bin/undo") {
      undone.push_back(spec.argv.back());
    }
    return Performance{seconds(1), spec.argv.front() == "/bin/two" ? 3 : 0};
  };
  EXPECT_EQ(run(), 1);
  EXPECT_THAT(undone, ElementsAre("b", "a"));
  EXPECT_EQ(log().steps.size(), 4U);
  EXPECT_EQ(log().steps[2].action, "rolling_back");
}

TEST_F(SkillRunTest, AnInterruptIsTheExitCodeAndResumeGoesOn) {
  workflow("  - {id: a, run: [one]}\n  - {id: b, run: [two], needs: [a]}\n  - {id: c, run: [three], needs: [b]}\n");
  const base::Tick start = fleet.ports().clock.tick();
  fleet.interrupts.signal = {start + milliseconds(1500), SIGTERM};
  EXPECT_EQ(run(), 143);
  EXPECT_THAT(started, ElementsAre("/bin/one", "/bin/two"));
  EXPECT_THAT(log().outcome, HasSubstr("INCOMPLETE - 1/3 steps complete, 1 skipped. Interrupted"));

  fleet.interrupts.signal.reset();
  started.clear();
  RunOptions options;
  options.resume = "/memory/run";
  EXPECT_EQ(run(options), 0);
  EXPECT_THAT(started, ElementsAre("/bin/two", "/bin/three"));
  EXPECT_EQ(log().steps.size(), 3U);
  EXPECT_EQ(log().outcome, "SUCCESS - 3/3 steps complete.");
}

TEST_F(SkillRunTest, APurgeThatIsTriedAgainFinishesItsJournal) {
  workflow("  - {id: p, action: purge, with: {manifest: m.yaml}, retry: {times: 1, wait: 0s}}\n");
  std::vector<std::vector<std::string>> argvs;
  program = [&](const ports::ProcessSpec& spec) {
    argvs.push_back(spec.argv);
    fleet.files.contents["/memory/run/work/purge.jsonl"] = "{}";
    return Performance{seconds(1), argvs.size() == 1 ? 3 : 0,
                       R"({"purge_id": "p", "complete": true, "items": {"total": 1, "accepted": 1, "completed": 0,
                          "refused": 0}})"};
  };
  EXPECT_EQ(run(), 0);
  EXPECT_THAT(argvs[0], ElementsAre("/bin/cachewitness", "purge", "--manifest=m.yaml", "--format=json"));
  EXPECT_THAT(argvs[1], ElementsAre("/bin/cachewitness", "purge", "--manifest=m.yaml", "--format=json", "--resume"));
}

TEST_F(SkillRunTest, AFullDiskEndsTheRun) {
  workflow("  - {id: a, run: [one]}\n");
  fleet.files.full.push_back("/memory/run/log.json");
  EXPECT_EQ(run(), 4);
}

}  // namespace
}  // namespace cachewitness::app
