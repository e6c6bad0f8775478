#include "skill/step_answer.h"

#include <gmock/gmock.h>

#include <string>

#include "skill/invocation.h"
#include "skill/parse_workflow.h"
#include "skill/run_journal.h"
#include "support/skill_commands.h"

namespace cachewitness::skill {
namespace {

using evidence::CheckExit;
using report::StepStatus;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

Step step_of(const std::string& text) {
  const auto made =
      parse_workflow("version: 1\nsteps:\n  - " + text + "\n", "w.yaml", testing_support::skill_commands());
  EXPECT_TRUE(made) << made.error().front().text();
  return made->steps.front();
}

AttemptEnd answer(const Step& step, int code, const std::string& output) {
  return read_answer(step, {CheckExit::How::exited, code, {}}, output, false, {});
}

TEST(StepAnswer, AProgramWithoutOutputsMayPrintWhatItLikes) {
  const Step step = step_of("{id: a, run: [x]}");
  EXPECT_EQ(answer(step, 0, "hello").status, StepStatus::complete);
  EXPECT_EQ(answer(step, 3, "hello").status, StepStatus::failed);
  EXPECT_EQ(answer(step, 3, "hello").exit_code, base::ExitCode::failed);
  EXPECT_EQ(answer(step, 0, R"({"detail": "3 taken \u001b[31m"})").detail, "3 taken \\x1b[31m");
}

TEST(StepAnswer, OutputsMustBeThereAndOfTheirType) {
  const Step step = step_of("{id: a, run: [x], outputs: {id: text, n: {type: count, from: a.b}}}");
  const auto good = answer(step, 0, R"({"id": "p", "a": {"b": 4}})");
  EXPECT_EQ(good.status, StepStatus::complete);
  EXPECT_EQ(compact_json(Value{good.record.outputs}), R"({"id":"p","n":4})");
  const std::pair<std::string, std::string> rows[] = {
      {"", "must be one JSON object"},
      {"[]", "must be one JSON object"},
      {R"({"id": "p"} {})", "must be one JSON object"},
      {R"({"a": {"b": 4}})", "has no \"id\""},
      {R"({"id": null, "a": {"b": 4}})", "has no \"id\""},
      {R"({"id": 5, "a": {"b": 4}})", "\"id\" in its answer is not text"},
      {R"({"id": "p", "a": {"b": -4}})", "\"a.b\" in its answer is not count"},
      {R"({"id": "p", "a": {"b": 0.5}})", "\"a.b\" in its answer is not count"}};
  for (const auto& [output, fault] : rows) {
    SCOPED_TRACE(output);
    const auto end = answer(step, 0, output);
    EXPECT_EQ(end.status, StepStatus::failed);
    EXPECT_EQ(end.exit_code, base::ExitCode::failed);
    EXPECT_THAT(end.detail, HasSubstr(fault));
  }
  EXPECT_EQ(read_answer(step, {CheckExit::How::exited, 0, {}}, "{", true, {}).status, StepStatus::failed);
}

TEST(StepAnswer, ACommandsExitCodeIsTheRuns) {
  const Step step = step_of("{id: a, action: verify}");
  const std::string report = R"({"run_id": "r", "outcome": "PARTIAL_SUCCESS - 2/3 tenants verified.", "complete": true,
    "gate": {"passed": false}, "affected_tenants": ["t"], "summary": {"parity_score": 0.5,
    "tenants": {"total": 3, "verified": 2, "flagged": 1},
    "cells": {"total": 9, "fresh": 6, "stale": 3, "mismatch": 0, "leak": 0, "error": 0, "inconclusive": 0}}})";
  const auto end = answer(step, 1, report);
  EXPECT_EQ(end.status, StepStatus::failed);
  EXPECT_EQ(end.exit_code, base::ExitCode::failed);
  EXPECT_EQ(end.detail, "PARTIAL_SUCCESS - 2/3 tenants verified.");
  EXPECT_EQ(end.record.outputs.size(), 16U);
  EXPECT_EQ(answer(step, 3, report).exit_code, base::ExitCode::inconclusive);
  EXPECT_EQ(answer(step, 2, "").exit_code, base::ExitCode::usage);
  EXPECT_EQ(answer(step, 77, "").exit_code, base::ExitCode::broken);
  EXPECT_EQ(read_answer(step, {CheckExit::How::broken_off, 9, "did not end within 5 s"}, "", false, {}).exit_code,
            base::ExitCode::broken);
}

TEST(StepAnswer, ACommandWithoutJsonNeedsNone) {
  const Step step = step_of("{id: a, action: arm, with: {evidence: before.jsonl}}");
  const auto end = read_answer(step, {CheckExit::How::exited, 0, {}}, "ARMED", false, {{"evidence", Value{}}});
  EXPECT_EQ(end.status, StepStatus::complete);
}

TEST(StepAnswer, ACheckSpeaksItsProtocol) {
  const Step step = step_of("{id: a, action: check, run: [x]}");
  EXPECT_EQ(answer(step, 0, R"({"status": "pass", "parity_score": 1})").status, StepStatus::complete);
  EXPECT_EQ(answer(step, 0, R"({"status": "warn"})").status, StepStatus::warning);
  EXPECT_EQ(answer(step, 0, R"({"status": "fail"})").status, StepStatus::failed);
  EXPECT_EQ(answer(step, 0, "").status, StepStatus::failed);
}

TEST(Invocation, AnOptionIsOneArgument) {
  const Step step = step_of(
      "{id: a, action: verify, with: {manifest: '--evil', environment: [a, b], fail-fast: true, baseline: ''}}");
  const auto lookup = [](const Reference&) { return std::expected<Value, std::string>(Value{}); };
  const auto arguments = arguments_of(step, lookup);
  ASSERT_TRUE(arguments);
  EXPECT_THAT(*arguments,
              ElementsAre("verify", "--manifest=--evil", "--environment=a", "--environment=b", "--fail-fast"));
}

TEST(Invocation, AProgramGetsItsInputAsJson) {
  const Step step = step_of("{id: a, run: [x], with: {n: 5, t: \"5\", l: [true, null]}}");
  const auto lookup = [](const Reference&) { return std::expected<Value, std::string>(Value{}); };
  const auto input = input_of(step, {"run-1", "a", 2, "/w", "/s"}, lookup);
  ASSERT_TRUE(input);
  EXPECT_EQ(*input, R"({"schema":"cachewitness.step/v1","run_id":"run-1","step":"a","attempt":2,)"
                    R"("with":{"n":5,"t":"5","l":[true,null]},"work":"/w","skill":"/s"})"
                    "\n");
}

TEST(RunJournal, ReadsBackWhatItWrote) {
  std::string text;
  append_header({"run-1", "1.0", "/s", "task", "DevOps", "ab", "--yes", {{"m", Value{std::string("/x")}}}, {0}}, text);
  append_start("a", 1, {0}, text);
  JournalStep step{"a", {StepStatus::warning, 3, "/out", {{"n", Value{std::int64_t{4}}}}}, {}};
  step.log.push_back({"exec", "detail", {{"id", "a"}}, std::chrono::milliseconds(5), StepStatus::warning});
  append_end(step, true, {0}, text);
  append_start("b", 1, {0}, text);
  const auto journal = read_journal(text + R"({"type":"end","st)", "run.jsonl");
  ASSERT_TRUE(journal) << journal.error().text();
  EXPECT_EQ(journal->header.plan_digest, "ab");
  ASSERT_EQ(journal->steps.size(), 1U);
  EXPECT_EQ(journal->steps[0].record.status, StepStatus::warning);
  EXPECT_EQ(journal->steps[0].record.exit_code, 3);
  EXPECT_EQ(journal->steps[0].record.outputs.front().value, Value{std::int64_t{4}});
  EXPECT_EQ(journal->steps[0].log.front().detail, "detail");
  EXPECT_THAT(journal->started, ElementsAre("b"));
  EXPECT_FALSE(read_journal("", "f"));
  EXPECT_FALSE(read_journal("{}\n", "f"));
}

}  // namespace
}  // namespace cachewitness::skill
