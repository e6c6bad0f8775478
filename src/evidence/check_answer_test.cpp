#include "evidence/check_answer.h"

#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cachewitness::evidence {
namespace {

using manifest::Check;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;
using Status = CheckOutcome::Status;

CheckOutcome parse(std::string_view output) { return parse_check_answer(Check::Answer::json, {}, output); }

TEST(CheckAnswer, TakesAWholeAnswer) {
  const CheckOutcome outcome =
      parse(R"({"schema":"cachewitness.check/v1","status":"warn","detail":"2 of 9","parity_score":0.98,)"
            R"("findings":[{"tenant":"a"},"text"],"metrics":{"cells":9}})");
  EXPECT_EQ(outcome.status, Status::warn);
  EXPECT_EQ(outcome.detail, "2 of 9");
  EXPECT_EQ(outcome.parity_score, 0.98);
  EXPECT_THAT(outcome.findings, ElementsAre(R"({"tenant":"a"})", R"("text")"));
  EXPECT_EQ(outcome.findings_total, 2U);
  EXPECT_THAT(outcome.metrics, ElementsAre(Pair("cells", 9.0)));
}

TEST(CheckAnswer, PassesOnNothingButAWellFormedPass) {
  struct Row {
    std::string_view name;
    std::string_view output;
    std::string_view detail;
  };
  const std::vector<Row> rows{
      {"empty", " \n", "wrote no answer"},
      {"not json", "all good\n", "not valid JSON"},
      {"two values", R"({"status":"pass"} {})", "not valid JSON"},
      {"cut", R"({"status":"pass")", "not valid JSON"},
      {"array", R"(["pass"])", "not a JSON object"},
      {"no status", R"({"detail":"fine"})", "\"status\" must be a string"},
      {"other status", R"({"status":"PASS"})", "\"status\" must be one of pass, warn, fail"},
      {"other schema", R"({"schema":"cachewitness.check/v2","status":"pass"})", "\"schema\" must be"},
      {"parity above one", R"({"status":"pass","parity_score":98.6})", "\"parity_score\" must be a number from 0 to 1"},
      {"findings", R"({"status":"pass","findings":{}})", "\"findings\" must be an array"},
      {"metrics", R"({"status":"pass","metrics":{"a":"b"}})", "\"metrics\" must be an object of finite numbers"},
      {"invalid UTF-8", "{\"status\":\"pass\",\"detail\":\"\xFF\"}", "not valid JSON"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    const CheckOutcome outcome = parse(row.output);
    EXPECT_EQ(outcome.status, Status::fail);
    EXPECT_THAT(outcome.detail, HasSubstr(row.detail));
  }
}

TEST(CheckAnswer, FailsWhateverItSaidWhereItEndedBadly) {
  constexpr std::string_view pass = R"({"status":"pass"})";
  struct Row {
    CheckExit exit;
    std::string_view detail;
  };
  const std::vector<Row> rows{
      {{CheckExit::How::exited, 1, ""}, "exited with code 1"},
      {{CheckExit::How::broken_off, 0, "did not end within 30 s"}, "the check did not end within 30 s"},
      {{CheckExit::How::not_started, 0, "no such file"}, "could not be started: no such file"}};
  for (const Row& row : rows) {
    for (const auto answer : {Check::Answer::json, Check::Answer::exit_code}) {
      const CheckOutcome outcome = parse_check_answer(answer, row.exit, pass);
      EXPECT_EQ(outcome.status, Status::fail);
      EXPECT_THAT(outcome.detail, HasSubstr(row.detail));
    }
  }
}

TEST(CheckAnswer, ByExitCodeNeedsNoJsonAndKeepsTheLastLine) {
  const CheckOutcome outcome = parse_check_answer(Check::Answer::exit_code, {}, "one\ntwo\x1b[31m\n\n");
  EXPECT_EQ(outcome.status, Status::pass);
  EXPECT_EQ(outcome.detail, "two\\x1b[31m");
}

TEST(CheckAnswer, BoundsWhatItKeeps) {
  std::string output = R"({"status":"fail","detail":")" + std::string(9000, 'd') + R"(","findings":[0)";
  for (int i = 1; i < 500; ++i) {
    output += "," + std::to_string(i);
  }
  const CheckOutcome outcome = parse(output + "]}");
  EXPECT_EQ(outcome.findings.size(), max_check_findings);
  EXPECT_EQ(outcome.findings_total, 500U);
  EXPECT_LE(outcome.detail.size(), max_check_detail_bytes + 3);
  EXPECT_THAT(parse(std::string(max_check_answer_bytes + 1, ' ')).detail, HasSubstr("an answer may have"));
  EXPECT_EQ(parse(R"({"status":"pass","findings":)" + std::string(1000, '[') + std::string(1000, ']') + "}").status,
            Status::fail);
}

}  // namespace
}  // namespace cachewitness::evidence
