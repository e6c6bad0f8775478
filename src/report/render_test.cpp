// What all renderings promise: the outcome's words, the golden outputs, and that nothing a peer sent gets out
// alive.
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/percent.h"
#include "report/execution_log.h"
#include "report/report.h"
#include "support/golden.h"
#include "support/report_stories.h"

namespace cachewitness::report {
namespace {

using stories::Story;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr std::string_view report_path = "/tmp/cache-invalidation-report.json";

VerifySteps seed_steps() {
  using std::chrono::milliseconds;
  return {milliseconds(340),
          milliseconds(1240),
          milliseconds(2100),
          milliseconds(890),
          milliseconds(120),
          std::string(report_path),
          {{"cdn-verify.py", "Python 3.11.2"}}};
}

TEST(Outcome, SaysHowManyTenantsAreVerified) {
  EXPECT_EQ(outcome(stories::clean().run()), "SUCCESS - 847/847 tenants verified.");
  EXPECT_EQ(outcome(stories::seed().run()), "PARTIAL_SUCCESS - 844/847 tenants verified. Flagged 3 for retry.");
}

TEST(Outcome, StaysPartialWhereTheGateToleratesTheRest) {
  Story story = stories::seed();
  story.judgement.gate = {true, base::ExitCode::passed, {}};
  EXPECT_EQ(outcome(story.run()), "PARTIAL_SUCCESS - 844/847 tenants verified. Flagged 3 for retry.");
}

TEST(Outcome, IsAFailureWhereNothingIsVerified) {
  Story story = stories::seed();
  story.judgement.tenants = story.header.planned_tenants = 3;
  EXPECT_EQ(outcome(story.run()), "FAILURE - 0/3 tenants verified. Flagged 3 for retry.");
}

TEST(Outcome, IsNoFailureWhereTheGateToleratesEverything) {
  Story story = stories::seed();
  story.judgement.tenants = story.header.planned_tenants = 3;
  story.judgement.gate = {true, base::ExitCode::passed, {}};
  EXPECT_EQ(outcome(story.run()), "PARTIAL_SUCCESS - 0/3 tenants verified. Flagged 3 for retry.");
}

TEST(Outcome, NamesTheReasonWhereNoTenantIsToBlame) {
  Story story = stories::clean();
  story.judgement.gate = {false, base::ExitCode::failed, {"check coherency failed"}};
  EXPECT_EQ(outcome(story.run()), "FAILURE - 847/847 tenants verified. check coherency failed.");
}

TEST(Outcome, IsAFailureWhereOneTenantSeesAnothersContent) {
  Story story = stories::seed();
  story.judgement.findings[0].state = verdict::State::leak;
  EXPECT_THAT(outcome(story.run()), StartsWith("FAILURE - 844/847 tenants verified."));
  story.judgement.findings[0].is_waived = true;
  EXPECT_THAT(outcome(story.run()), StartsWith("PARTIAL_SUCCESS"));
}

TEST(Outcome, IsInconclusiveWithoutEvidence) {
  EXPECT_EQ(outcome(Story().run()), "INCONCLUSIVE - no cell was judged.");
  Story early;
  early.footer.is_complete = false;
  early.footer.why_incomplete = "total deadline";
  early.footer.cells_left_out = 7;
  EXPECT_EQ(outcome(early.run()), "INCONCLUSIVE - the run was cut short (total deadline); 7 cells left out.");
  Story story = stories::clean();
  story.judgement.unsure_tenants = {"a", "b"};
  story.judgement.gate = {false, base::ExitCode::inconclusive, {"2 of 10 cells could not be judged"}};
  EXPECT_EQ(outcome(story.run()), "INCONCLUSIVE - 845/847 tenants verified. 2 of 10 cells could not be judged.");
}

TEST(Outcome, ClaimsNothingForARunThatWasCutShort) {
  Story story = stories::clean();
  story.footer.is_complete = false;
  story.footer.why_incomplete = "interrupted";
  story.footer.cells_left_out = 12;
  EXPECT_EQ(outcome(story.run()), "INCONCLUSIVE - the run was cut short (interrupted); 12 cells left out.");
  story.judgement.affected_tenants = {"tenant-xyz"};
  EXPECT_EQ(outcome(story.run()),
            "FAILURE - 1 of 847 tenants flagged before the run was cut short (interrupted); 12 cells left out.");
}

TEST(Golden, Reports) {
  const Story clean = stories::clean();
  const Story seed = stories::seed();
  const Story outage = stories::outage();
  const Story hostile = stories::hostile();
  tests::expect_golden("report/seed.json", render_json(seed.run()));
  tests::expect_golden("report/hostile.json", render_json(hostile.run()));
  tests::expect_golden("report/seed.txt", render_text(seed.run(), {}, report_path));
  tests::expect_golden("report/clean.txt", render_text(clean.run(), {}, report_path));
  tests::expect_golden("report/outage.txt", render_text(outage.run(), {false, 80, false}, report_path));
  tests::expect_golden("report/outage_color.txt", render_text(outage.run(), {true, 100, true}, ""));
  tests::expect_golden("report/hostile.txt", render_text(hostile.run(), {}, report_path));
  tests::expect_golden("report/outage.github.txt", render_github(outage.run()));
  tests::expect_golden("report/hostile.github.txt", render_github(hostile.run()));
  tests::expect_golden("report/outage.junit.xml", render_junit(outage.run()));
  tests::expect_golden("report/hostile.junit.xml", render_junit(hostile.run()));
  const Story looped = stories::looped();
  tests::expect_golden("report/looped.json", render_json(looped.run()));
  tests::expect_golden("report/looped.txt", render_text(looped.run(), {}, report_path));
  tests::expect_golden("report/looped.github.txt", render_github(looped.run()));
  tests::expect_golden("report/looped.junit.xml", render_junit(looped.run()));
  tests::expect_golden("report/looped.html", render_html(looped.run()));
  tests::expect_golden("report/looped.log.json", render_log(make_verify_log(looped.run(), seed_steps())));
  tests::expect_golden("report/hostile.html", render_html(hostile.run()));
}

TEST(Golden, ExecutionLogs) {
  tests::expect_golden("report/seed.log.json", render_log(make_verify_log(stories::seed().run(), seed_steps())));
  tests::expect_golden("report/outage.log.json", render_log(make_verify_log(stories::outage().run(), seed_steps())));
}

// The log that this product was asked for, key for key and byte for byte but for the schema's name.
TEST(Golden, TheLogThatWasAskedFor) {
  using std::chrono::milliseconds;
  ExecutionLog log;
  log.task = "detect_edge_cdn_cache_invalidation";
  log.agent = "DevOps";
  log.execution_id = "exec-2024-0847-cdncheck";
  log.timestamp = stories::moment("2024-01-15T14:32:18Z");
  log.steps = {{"analyzing_tenant_manifest",
                "Found 847 active tenants across 3 regions",
                {},
                milliseconds(340),
                StepStatus::complete},
               {"provisioning_probe_sidecars",
                "Spawned 12 concurrent HTTP probes (4 regions × 3 edge nodes)",
                {},
                milliseconds(1240),
                StepStatus::complete},
               {"executing_cache_header_validation",
                "Comparing ETag, Cache-Control, Last-Modified across all tenants",
                {{"mismatches", std::uint64_t{3}},
                 {"affected_tenants", std::vector<std::string>{"tenant-xyz", "tenant-pqr", "tenant-lmn"}}},
                milliseconds(2100),
                StepStatus::warning},
               {"running_python_coherency_check",
                "Invoking cdn-verify.py with Python 3.11 runtime",
                {{"parity_score", base::percent(0.986)}},
                milliseconds(890),
                StepStatus::complete},
               {"generating_verification_report",
                "3 tenants require manual invalidation; all regions otherwise synchronized",
                {{"report_path", std::string(report_path)}},
                milliseconds(120),
                StepStatus::complete}};
  log.total_duration = milliseconds(4690);
  log.outcome = "PARTIAL_SUCCESS - 844/847 tenants verified. Flagged 3 for retry.";
  tests::expect_golden("report/asked_for.log.json", render_log(log));
}

TEST(Rendering, LetsNothingHostileThrough) {
  const Story story = stories::hostile();
  struct Row {
    std::string_view name;
    std::string text;
    bool is_markup;
  };
  const std::vector<Row> rows{{"text", render_text(story.run(), {}, report_path), false},
                              {"github", render_github(story.run()), false},
                              {"json", render_json(story.run()), false},
                              {"log", render_log(make_verify_log(story.run(), {})), false},
                              {"junit", render_junit(story.run()), true},
                              {"html", render_html(story.run()), true}};
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    for (const std::string_view raw : {"\x1b", "\x07", "\r", "\xFF"}) {
      EXPECT_THAT(row.text, Not(HasSubstr(raw)));
    }
    EXPECT_THAT(row.text, Not(HasSubstr("\n::error::x")));
    if (row.is_markup) {
      EXPECT_THAT(row.text, Not(HasSubstr("<script")));
      EXPECT_THAT(row.text, Not(HasSubstr("\xEF\xBF\xBF")));  // U+FFFF is not a character of XML 1.0
    }
  }
}

TEST(Rendering, GivesTheSameBytesTwice) {
  EXPECT_EQ(render_json(stories::outage().run()), render_json(stories::outage().run()));
}

TEST(TextReport, TellsOneCauseOnFortyEdgesOnce) {
  const std::string text = render_text(stories::outage().run(), {}, report_path);
  EXPECT_THAT(text, HasSubstr("STALE  negative-cached: 40 cells on 40 edges, 1 tenant\n"));
  EXPECT_THAT(text, HasSubstr("and 35 more"));
  EXPECT_LT(text.find("ORIGIN"), text.find("STALE"));
}

TEST(TextReport, KeepsToTheWidthOfTheTerminal) {
  for (const int width : {80, 100}) {
    const std::string text = render_text(stories::outage().run(), {false, width, false}, report_path);
    std::size_t start = 0;
    for (std::size_t end = text.find('\n'); end != std::string::npos; end = text.find('\n', start)) {
      EXPECT_LE(end - start, static_cast<std::size_t>(width)) << text.substr(start, end - start);
      start = end + 1;
    }
  }
}

TEST(TextReport, NeedsNoEdgeTableWhereAllIsWell) {
  EXPECT_THAT(render_text(stories::clean().run(), {}, ""), Not(HasSubstr("us-west-1")));
  EXPECT_THAT(render_text(stories::clean().run(), {false, 100, true}, ""), HasSubstr("us-west/us-west-1"));
}

TEST(TextReport, PutsWhatWasSeenOverWhatWasExpected) {
  EXPECT_THAT(render_text(stories::seed().run(), {}, ""), HasSubstr("    seen      etag \"v1\"\n"
                                                                    "    expected  etag \"v2\"\n"));
}

TEST(TextReport, NamesTheVariantsOnlyWhereThereAreSeveral) {
  Story story = stories::seed();
  EXPECT_THAT(render_text(story.run(), {}, ""), Not(HasSubstr("variants")));
  story.roster.variants.intern("gzip");
  EXPECT_THAT(render_text(story.run(), {}, ""), HasSubstr("    variants  identity\n"));
}

TEST(TextReport, ClaimsNoLatencyForAnEdgeThatNeverAnswered) {
  Story story = stories::seed();
  story.judgement.edges.at(3).p99 = std::chrono::microseconds(412);
  EXPECT_THAT(render_text(story.run(), {}, ""), HasSubstr("  0.41 ms\n"));
  story.judgement.edges.at(3).p50 = story.judgement.edges.at(3).p99 = {};
  EXPECT_THAT(render_text(story.run(), {}, ""), HasSubstr("      3    -\n"));
  EXPECT_THAT(render_html(story.run()), HasSubstr("<td class=\"number\">-</td><td class=\"number\">-</td>"));
}

TEST(TextReport, GivesEachReasonOfTheGateOnce) {
  Story story = stories::clean();
  story.judgement.gate = {false, base::ExitCode::inconclusive, {"All cells are too young", "Parity is low."}};
  const std::string text = render_text(story.run(), {}, "");
  EXPECT_THAT(text, HasSubstr("verified. All cells are too young.\n"));
  EXPECT_THAT(text, HasSubstr("    gate      could not tell, exit code 3. Parity is low.\n"));
}

TEST(HtmlReport, FoldsALongTableAndSaysWhereTheRestIs) {
  Story story = stories::seed();
  EXPECT_THAT(render_html(story.run()), HasSubstr("<details open><summary>3 findings</summary>"));
  for (std::uint32_t i = 0; i < 2100; ++i) {
    stories::add(story, stories::never_purged(story, 0, "tenant-" + std::to_string(i), 1));
  }
  EXPECT_THAT(render_html(story.run()),
              HasSubstr("<details><summary>2,103 findings; the first 2,000 here, all in the JSON report</summary>"));
}

TEST(GithubReport, StaysUnderTheRunnersLimit) {
  Story story = stories::outage();
  for (int i = 0; i < 30; ++i) {
    story.judgement.origins.push_back({"https://o" + std::to_string(i), 1, "unreachable", {}});
  }
  const std::string text = render_github(story.run());
  EXPECT_EQ(std::ranges::count(text, '\n'), 10);
}

TEST(JunitReport, BoundsTheTestCasesOfAnEdge) {
  Story story = stories::clean();
  for (std::uint32_t i = 0; i < 500; ++i) {
    stories::add(story, stories::never_purged(story, 0, "tenant-" + std::to_string(i), i));
  }
  const std::string text = render_junit(story.run());
  EXPECT_THAT(text, HasSubstr("300 more findings"));
  EXPECT_THAT(text, Not(HasSubstr("tenant-201")));
}

}  // namespace
}  // namespace cachewitness::report
