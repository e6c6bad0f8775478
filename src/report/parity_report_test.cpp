// What the renderings of a comparison promise: one outcome line, escaped bytes, a report that can be read back.
#include "report/parity_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "support/golden.h"

namespace cachewitness::report {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

struct Story {
  Story() {
    header.run_id = "run-2";
    comparison.environments = {{"staging", 1, 2, 0}, {"production", 1, 2, 0}};
    comparison.pairs = {{"staging", "production", 4, 4, 0, 0, 0, 1.0}};
    comparison.gate = {true, base::ExitCode::passed, {}};
  }
  parity::Finding& add(const std::string& value, bool is_waived) {
    parity::Finding& finding = comparison.findings.emplace_back();
    finding.id = "0123456789abcdef";
    finding.what = "x-a";
    finding.sides = {{"staging", {"1"}, false, false}, {"production", {value}, false, false}};
    finding.pairs = {{"staging", "production", is_waived ? "ignore x-a" : ""}};
    finding.deviating = {"staging"};
    finding.is_waived = is_waived;
    finding.cells = 2;
    finding.edges = {"staging/eu/e1"};
    finding.tenants = {"alpha"};
    return finding;
  }
  [[nodiscard]] ParityRun run() const { return {header, footer, comparison, drift}; }

  evidence::RunHeader header;
  evidence::RunFooter footer;
  parity::Comparison comparison;
  std::optional<parity::Drift> drift;
};

TEST(ParityReport, SaysInOneLineHowItCameOut) {
  Story alike;
  EXPECT_EQ(parity_outcome(alike.run()), "SUCCESS - staging and production agree in 4 cells.");
  alike.add("2", true);
  EXPECT_EQ(parity_outcome(alike.run()), "SUCCESS - staging and production agree in 4 cells. 1 waived.");
  alike.add("3", false);
  EXPECT_EQ(parity_outcome(alike.run()),
            "PARTIAL_SUCCESS - 1 difference between staging and production in 4 cells. 1 waived.");
  alike.comparison.gate = {false, base::ExitCode::failed, {"Parity is low."}};
  EXPECT_THAT(parity_outcome(alike.run()), StartsWith("FAILURE - 1 difference "));
  alike.comparison.gate = {false, base::ExitCode::inconclusive, {"Nobody answered."}};
  EXPECT_EQ(parity_outcome(alike.run()), "INCONCLUSIVE - Nobody answered.");
}

TEST(ParityReport, EscapesWhatAnEdgeSent) {
  Story story;
  story.add("<b>&\x1b[2J\xe2\x80\xae\xff\n::error::", false);
  for (const std::string& page : {render_parity_html(story.run()), render_parity_junit(story.run())}) {
    EXPECT_THAT(page, Not(HasSubstr("<b>")));
    EXPECT_THAT(page, HasSubstr("&lt;b&gt;&amp;"));
  }
  for (const std::string& page :
       {render_parity_html(story.run()), render_parity_junit(story.run()), render_parity_json(story.run()),
        render_parity_text(story.run(), {}, ""), render_parity_github(story.run())}) {
    EXPECT_THAT(page, Not(HasSubstr("\x1b")));
    EXPECT_THAT(page, Not(HasSubstr("\xe2\x80\xae")));
    EXPECT_THAT(page, Not(HasSubstr("\xff")));
    EXPECT_THAT(page, Not(HasSubstr("\n::error::")));
  }
}

TEST(ParityReport, IsReadBackForTheDrift) {
  Story story;
  story.add("2", false);
  story.add("3", true).id = "fedcba9876543210";
  const auto read = read_parity_report(render_parity_json(story.run()));
  ASSERT_TRUE(read) << read.error().text();
  EXPECT_EQ(read->run_id, "run-2");
  ASSERT_EQ(read->findings.size(), 1U);  // what was waived was none
  EXPECT_EQ(read->findings.front().id, "0123456789abcdef");
  EXPECT_EQ(read->findings.front().title, "x-a: staging 1; production 2");
}

TEST(ParityReport, RefusesWhatIsNone) {
  for (const std::string_view text :
       {"", "{", "[]", "{}", R"({"schema":"cachewitness.report/v1","findings":[]})",
        R"({"schema":"cachewitness.parity/v1"})", R"({"schema":"cachewitness.parity/v1","findings":[1]})"}) {
    SCOPED_TRACE(text);
    const auto read = read_parity_report(text);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().id, base::errors::bad_evidence);
  }
}

// tests/schema holds these to the published schema, and the page to its policy.
TEST(ParityReport, KeepsItsForm) {
  Story story;
  story.add("<b>&\x1b[2J\xe2\x80\xae\xff", false);
  story.add("3", true).id = "fedcba9876543210";
  story.drift = parity::Drift{"run-1", {"0123456789abcdef"}, {}, {{"1111111111111111", "vary: staging *"}}};
  tests::expect_golden("report/parity.json", render_parity_json(story.run()));
  tests::expect_golden("report/parity.html", render_parity_html(story.run()));
  tests::expect_golden("report/parity.junit.xml", render_parity_junit(story.run()));
}

TEST(ParityReport, TellsTheDrift) {
  Story story;
  story.add("2", false);
  story.drift = parity::Drift{"run-1", {"0123456789abcdef"}, {}, {{"1111111111111111", "vary: staging *"}}};
  EXPECT_THAT(render_parity_text(story.run(), {}, ""), HasSubstr("against run-1: 1 new, 1 gone, 0 unchanged"));
  EXPECT_THAT(render_parity_html(story.run()), HasSubstr("Gone: vary: staging *"));
  EXPECT_THAT(render_parity_json(story.run()), HasSubstr("\"new\": [\"0123456789abcdef\"]"));
}

}  // namespace
}  // namespace cachewitness::report
