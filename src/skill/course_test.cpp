#include "skill/course.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "skill/parse_workflow.h"
#include "support/skill_commands.h"

namespace cachewitness::skill {
namespace {

using report::StepStatus;

base::Digest sum(std::string_view text) {  // any function will do here
  base::Digest digest;
  for (std::size_t i = 0; i < text.size(); ++i) {
    digest.bytes[i % digest.bytes.size()] =
        static_cast<std::uint8_t>(digest.bytes[i % digest.bytes.size()] * 31 + text[i]);
  }
  return digest;
}

PlanSources sources() {
  PlanSources made;
  made.program = [](const std::string& name) { return base::Result<Program>(Program{"/bin/" + name, sum(name)}); };
  made.names = [](const std::string& axis, const std::string&) {
    return base::Result<std::vector<std::string>>(std::vector<std::string>{axis + "-1", axis + "-2"});
  };
  made.file = [](const std::string&) { return std::optional<base::Digest>(); };
  made.sha256 = sum;
  return made;
}

RunPlan plan_of(const std::string& steps, const Frontmatter& frontmatter = {}) {
  auto workflow = parse_workflow("version: 1\nsteps:\n" + steps, "w.yaml", testing_support::skill_commands());
  EXPECT_TRUE(workflow) << workflow.error().front().text();
  auto plan = make_run_plan(*std::move(workflow), frontmatter, {"/skills/demo", "demo"}, {}, {}, sources());
  EXPECT_TRUE(plan) << plan.error().front().text();
  return *std::move(plan);
}

// A run in which every program ends at once, as the test says; time moves only when the test moves it.
class Rehearsal {
 public:
  explicit Rehearsal(const std::string& steps) : plan_(plan_of(steps)), state_{plan_, "run-1", "/run", {}} {}

  // Everything that can be started now, by id; "x!" is a rollback.
  std::vector<std::string> start(std::size_t free = 10) {
    std::vector<std::string> ids;
    for (const Start& start : course.next(now, free)) {
      started_.push_back(start);
      ids.push_back(plan_.instances[start.instance].id + (start.is_rollback ? "!" : ""));
    }
    return ids;
  }

  // What was started and is to be cancelled.
  [[nodiscard]] std::vector<std::string> to_end() const {
    std::vector<std::string> ids;
    for (const Start& start : started_) {
      if (course.is_to_end(start)) {
        ids.push_back(plan_.instances[start.instance].id + (start.is_rollback ? "!" : ""));
      }
    }
    return ids;
  }

  // As a program ends that was cancelled.
  void cancel(const std::string& id) {
    is_cut_off_ = true;
    EXPECT_TRUE(end(id, StepStatus::failed));
    is_cut_off_ = false;
  }

  bool end(const std::string& id, StepStatus status, base::ExitCode code = base::ExitCode::failed) {
    for (std::size_t i = 0; i < started_.size(); ++i) {
      const Start start = started_[i];
      if (plan_.instances[start.instance].id + (start.is_rollback ? "!" : "") == id) {
        started_.erase(started_.begin() + static_cast<std::ptrdiff_t>(i));
        AttemptEnd end;
        end.status = status;
        end.exit_code = code;
        end.record.exit_code = status == StepStatus::failed ? 1 : 0;
        end.is_cut_off = is_cut_off_;
        return course.finish(start, std::move(end), now);
      }
    }
    ADD_FAILURE() << id << " does not run";
    return false;
  }

  [[nodiscard]] std::string status(const std::string& id) const {
    for (std::size_t i = 0; i < plan_.instances.size(); ++i) {
      if (plan_.instances[i].id == id) {
        return state_.records[i] ? std::string(report::name(state_.records[i]->status)) : "none";
      }
    }
    return "?";
  }

 private:
  RunPlan plan_;
  RunState state_;
  std::vector<Start> started_;
  bool is_cut_off_ = false;

 public:
  Course course{state_};
  base::Tick now{0};
};

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(Course, StartsWhatNeedsNothingMore) {
  //   a   b
  //    \ / \.
  //     c   d
  Rehearsal run(
      "  - {id: a, run: [x]}\n  - {id: b, run: [x]}\n  - {id: c, run: [x], needs: [a, b]}\n"
      "  - {id: d, run: [x], needs: [b]}\n");
  EXPECT_THAT(run.start(), ElementsAre("a", "b"));
  run.end("b", StepStatus::complete);
  EXPECT_THAT(run.start(), ElementsAre("d"));
  run.end("a", StepStatus::complete);
  EXPECT_THAT(run.start(), ElementsAre("c"));
  EXPECT_FALSE(run.course.is_over());
  run.end("c", StepStatus::complete);
  run.end("d", StepStatus::warning);
  EXPECT_TRUE(run.course.is_over());
  EXPECT_EQ(run.course.exit_code(), base::ExitCode::passed);
}

TEST(Course, StartsNoMoreThanAreFree) {
  Rehearsal run("  - {id: a, run: [x]}\n  - {id: b, run: [x]}\n  - {id: c, run: [x]}\n");
  EXPECT_THAT(run.start(2), ElementsAre("a", "b"));
  EXPECT_THAT(run.start(0), IsEmpty());
  EXPECT_THAT(run.start(1), ElementsAre("c"));
}

TEST(Course, CancelsWhatRunsAtTheFirstFailureButForWhatFollowsOne) {
  Rehearsal run(
      "  - {id: a, run: [x]}\n  - {id: b, run: [x], retry: {times: 3}, on_failure: continue}\n"
      "  - {id: c, run: [x], needs: [b]}\n"
      "  - {id: clean, run: [x], needs: [a, c], if: always()}\n  - {id: alarm, run: [x], needs: [a], if: failed()}\n"
      "  - {id: party, run: [x], needs: [a], if: succeeded()}\n");
  run.start();
  EXPECT_THAT(run.to_end(), IsEmpty());
  run.end("a", StepStatus::failed, base::ExitCode::inconclusive);
  EXPECT_THAT(run.start(), ElementsAre("alarm"));
  EXPECT_THAT(run.to_end(), ElementsAre("b"));
  run.cancel("b");  // no further attempt, and nothing that could be tolerated
  EXPECT_EQ(run.status("b"), "failed");
  EXPECT_THAT(run.start(), ElementsAre("clean"));
  EXPECT_THAT(run.to_end(), IsEmpty());
  run.end("alarm", StepStatus::complete);
  run.end("clean", StepStatus::complete);
  EXPECT_TRUE(run.course.is_over());
  EXPECT_EQ(run.status("c"), "skipped");
  EXPECT_EQ(run.status("party"), "skipped");
  EXPECT_EQ(run.course.exit_code(), base::ExitCode::inconclusive);
}

TEST(Course, WhatEndsWellBeforeItIsCancelledHasEndedWell) {
  Rehearsal run("  - {id: a, run: [x]}\n  - {id: b, run: [x]}\n");
  run.start();
  run.end("a", StepStatus::failed);
  EXPECT_THAT(run.to_end(), ElementsAre("b"));
  run.end("b", StepStatus::complete);
  EXPECT_EQ(run.status("b"), "complete");
  EXPECT_TRUE(run.course.is_over());
}

TEST(Course, TriesACleanUpAgain) {
  Rehearsal run(
      "  - {id: a, run: [x]}\n  - {id: clean, run: [x], needs: [a], if: always(), retry: {times: 1, wait: 0s}}\n");
  run.start();
  run.end("a", StepStatus::failed);
  EXPECT_THAT(run.start(), ElementsAre("clean"));
  EXPECT_FALSE(run.end("clean", StepStatus::failed));
  EXPECT_THAT(run.start(), ElementsAre("clean"));
  run.end("clean", StepStatus::complete);
  EXPECT_EQ(run.status("clean"), "complete");
}

TEST(Course, GoesOnWhereAFailureIsTolerated) {
  Rehearsal run(
      "  - {id: a, run: [x], on_failure: continue}\n  - {id: b, run: [x], needs: [a], if: steps.a.exit_code == 1}\n"
      "  - {id: c, run: [x], needs: [a], if: steps.a.status == 'complete'}\n  - {id: d, run: [x], needs: [c]}\n");
  run.start();
  run.end("a", StepStatus::failed);
  EXPECT_EQ(run.status("a"), "warning");
  EXPECT_THAT(run.start(), ElementsAre("b"));
  EXPECT_EQ(run.status("c"), "skipped");
  EXPECT_EQ(run.status("d"), "skipped");
  run.end("b", StepStatus::complete);
  EXPECT_TRUE(run.course.is_over());
  EXPECT_EQ(run.course.exit_code(), base::ExitCode::passed);
}

TEST(Course, TriesAgainAfterLongerAndLongerPauses) {
  Rehearsal run("  - {id: a, run: [x], retry: {times: 3, wait: 2s, factor: 3, most: 10s}}\n");
  for (const int pause_s : {2, 6, 10}) {
    EXPECT_THAT(run.start(), ElementsAre("a"));
    EXPECT_FALSE(run.end("a", StepStatus::failed));
    EXPECT_EQ(*run.course.next_attempt_at() - run.now, std::chrono::seconds(pause_s));
    EXPECT_THAT(run.start(), IsEmpty());
    run.now = *run.course.next_attempt_at();
  }
  EXPECT_THAT(run.start(), ElementsAre("a"));
  EXPECT_TRUE(run.end("a", StepStatus::failed));
  EXPECT_TRUE(run.course.is_over());
  EXPECT_EQ(run.course.exit_code(), base::ExitCode::failed);
}

TEST(Course, GivesUpFurtherAttemptsOnceTheRunHasFailed) {
  Rehearsal run("  - {id: a, run: [x], retry: {times: 3, wait: 1h, most: 1h}}\n  - {id: b, run: [x]}\n");
  run.start();
  run.end("a", StepStatus::failed);
  run.end("b", StepStatus::failed);
  EXPECT_THAT(run.start(), IsEmpty());
  EXPECT_TRUE(run.course.is_over());
  EXPECT_EQ(run.status("a"), "failed");
  EXPECT_EQ(run.course.take_decisions().size(), 1U);
}

TEST(Course, TakesBackWhatWasDoneInReverseOrder) {
  Rehearsal run(R"(  - {id: a, run: [x], mutates: true, rollback: {run: [undo]}}
  - {id: b, run: [x], needs: [a]}
  - {id: c, run: [x], needs: [b], mutates: true, on_failure: rollback, rollback: {run: [undo]}}
  - {id: slow, run: [x]}
  - {id: after, run: [x], needs: [c], if: always()}
)");
  run.start();
  run.end("a", StepStatus::complete);
  run.start();
  run.end("b", StepStatus::complete);
  run.start();
  run.end("c", StepStatus::failed);
  EXPECT_THAT(run.start(), IsEmpty());  // what still runs could change what is taken back
  EXPECT_THAT(run.to_end(), ElementsAre("slow"));
  run.cancel("slow");
  EXPECT_THAT(run.start(), ElementsAre("c!"));
  EXPECT_THAT(run.start(), IsEmpty());
  run.end("c!", StepStatus::failed);  // and the others all the same
  EXPECT_THAT(run.start(), ElementsAre("a!"));
  run.end("a!", StepStatus::complete);
  EXPECT_THAT(run.start(), ElementsAre("after"));
  run.end("after", StepStatus::complete);
  EXPECT_TRUE(run.course.is_over());
  EXPECT_EQ(run.course.exit_code(), base::ExitCode::failed);
}

TEST(Course, AnInterruptStartsCleanUpsAlone) {
  Rehearsal run(R"(  - {id: a, run: [x]}
  - {id: b, run: [x], needs: [a]}
  - {id: clean, run: [x], needs: [b], if: always()}
  - {id: alarm, run: [x], needs: [a], if: failed()}
  - {id: again, run: [x], retry: {times: 3, wait: 1h, most: 1h}, on_failure: continue}
)");
  run.start();
  EXPECT_FALSE(run.end("again", StepStatus::failed));
  run.course.interrupt();
  EXPECT_THAT(run.start(), IsEmpty());
  EXPECT_THAT(run.to_end(), ElementsAre("a"));
  EXPECT_FALSE(run.course.is_over());
  run.cancel("a");
  EXPECT_THAT(run.start(), ElementsAre("clean"));
  EXPECT_THAT(run.to_end(), IsEmpty());
  run.end("clean", StepStatus::failed);
  EXPECT_TRUE(run.course.is_over());
  EXPECT_EQ(run.status("b"), "skipped");
  EXPECT_EQ(run.status("alarm"), "skipped");
  EXPECT_EQ(run.status("again"), "failed");                   // a resumed run tries it again
  EXPECT_EQ(run.course.exit_code(), base::ExitCode::passed);  // whoever interrupted it says how it ends
}

TEST(Course, AnInterruptLetsARollbackEnd) {
  Rehearsal run(R"(  - {id: a, run: [x], mutates: true, rollback: {run: [undo]}}
  - {id: b, run: [x], needs: [a], mutates: true, on_failure: rollback, rollback: {run: [undo]}}
)");
  run.start();
  run.end("a", StepStatus::complete);
  run.start();
  run.end("b", StepStatus::failed);
  EXPECT_THAT(run.start(), ElementsAre("b!"));
  run.course.interrupt();
  EXPECT_THAT(run.to_end(), IsEmpty());
  run.end("b!", StepStatus::complete);
  EXPECT_THAT(run.start(), ElementsAre("a!"));
  run.course.abandon();
  EXPECT_THAT(run.to_end(), ElementsAre("a!"));
  run.cancel("a!");
  EXPECT_THAT(run.start(), IsEmpty());
  EXPECT_TRUE(run.course.is_over());
}

TEST(Course, NothingStartsOnceItIsAbandoned) {
  Rehearsal run(
      "  - {id: a, run: [x]}\n  - {id: clean, run: [x], if: always(), needs: [a]}\n"
      "  - {id: after, run: [x], if: always(), needs: [clean]}\n");
  run.start();
  run.course.interrupt();
  run.cancel("a");
  EXPECT_THAT(run.start(), ElementsAre("clean"));
  run.course.abandon();
  EXPECT_THAT(run.to_end(), ElementsAre("clean"));
  run.cancel("clean");
  EXPECT_THAT(run.start(), IsEmpty());
  EXPECT_TRUE(run.course.is_over());
}

TEST(Course, TellsAConditionWithoutAValue) {
  Rehearsal run(
      "  - {id: a, run: [x], outputs: {n: json}}\n  - {id: b, run: [x], needs: [a], if: steps.a.outputs.n > 1}\n");
  run.start();
  run.end("a", StepStatus::complete);
  EXPECT_THAT(run.start(), IsEmpty());
  const auto decisions = run.course.take_decisions();
  ASSERT_EQ(decisions.size(), 1U);
  EXPECT_THAT(decisions[0].reason, ::testing::HasSubstr("> needs a number, not null"));
  EXPECT_EQ(run.course.exit_code(), base::ExitCode::usage);
}

TEST(RunPlan, SpreadsAMatrixAndWaitsForAllOfIt) {
  const RunPlan plan = plan_of(
      "  - {id: a, run: [x, '${matrix.region}'], matrix: {region: [eu, us], n: [one]}}\n"
      "  - {id: m, run: [x], matrix: {environment: {manifest: m.yaml}}}\n"
      "  - {id: b, run: [x], needs: [a]}\n");
  std::vector<std::string> ids;
  for (const Instance& instance : plan.instances) {
    ids.push_back(instance.id);
  }
  EXPECT_THAT(ids, ElementsAre("a[eu,one]", "a[us,one]", "m[environment-1]", "m[environment-2]", "b"));
  EXPECT_THAT(plan.instances[1].argv, ElementsAre("/bin/x", "us"));
  EXPECT_THAT(plan.needs[4], ElementsAre(0U, 1U));
}

TEST(RunPlan, ItsDigestCoversWhatWouldRun) {
  const auto digest = [](const std::string& steps) { return plan_of(steps).digest; };
  EXPECT_EQ(digest("  - {id: a, run: [x, y]}\n"), digest("  - {id: a, run: [x, y]}\n"));
  EXPECT_NE(digest("  - {id: a, run: [x, y]}\n"), digest("  - {id: a, run: [x, z]}\n"));
  EXPECT_NE(digest("  - {id: a, run: [x]}\n"), digest("  - {id: a, run: [y]}\n"));
  EXPECT_NE(digest("  - {id: a, run: [x]}\n"), digest("  - {id: a, run: [x], timeout: 3s}\n"));
}

TEST(RunPlan, HoldsProgramsAgainstAllowedTools) {
  struct Row {
    std::vector<std::string> tools;
    bool is_allowed;
  };
  const Row rows[] = {{{"Bash"}, true},
                      {{"Bash(x:*)"}, true},
                      {{"Read", "Bash(x --soft)"}, true},
                      {{"Bash(x --soft:*)"}, true},
                      {{"Bash(x)"}, false},
                      {{"Bash(y:*)"}, false},
                      {{"Read"}, false},
                      {{}, false},
                      {{"Bash(x -:*)"}, false}};
  for (const Row& row : rows) {
    SCOPED_TRACE(row.tools.empty() ? "" : row.tools.back());
    Frontmatter frontmatter;
    frontmatter.limits_tools = true;
    frontmatter.allowed_tools = row.tools;
    auto workflow = parse_workflow("version: 1\nsteps:\n  - {id: a, run: [x, --soft]}\n", "w.yaml", {});
    const auto plan = make_run_plan(*std::move(workflow), frontmatter, {"/s", "s"}, {}, {}, sources());
    EXPECT_EQ(plan.has_value(), row.is_allowed);
    if (!plan) {
      EXPECT_EQ(plan.error().front().id.slug, "skill-tool-not-allowed");
    }
  }
}

}  // namespace
}  // namespace cachewitness::skill
