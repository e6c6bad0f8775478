#include <algorithm>
#include <chrono>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "base/text.h"
#include "report/finding_group.h"
#include "report/loop_story.h"
#include "report/markup.h"
#include "report/report.h"

namespace cachewitness::report {

namespace {

// Of one edge. A dead edge fails every cell, and no reader of JUnit likes a million test cases.
constexpr std::size_t max_cases_per_suite = 200;

enum class Result : std::uint8_t { passed, failed, errored, skipped };

struct Case {
  std::string name;
  Result result = Result::passed;
  std::string type;
  std::string message;
  std::string text;
};

struct Suite {
  std::string name;
  std::vector<Case> cases;
  double seconds = 0;

  [[nodiscard]] std::size_t count(Result result) const {
    return static_cast<std::size_t>(std::ranges::count(cases, result, &Case::result));
  }
};

Result result_of(const verdict::Verdict& finding) {
  if (finding.is_waived || finding.state == verdict::State::inconclusive) {
    return Result::skipped;
  }
  return finding.state == verdict::State::error ? Result::errored : Result::failed;
}

Case make_case(const verdict::Verdict& finding, const evidence::Roster& roster) {
  const std::string slug(verdict::entry(finding.cause).slug);
  Case test;
  test.name = fmt::format("{} {} {}", roster.tenant(finding.cell.tenant), roster.asset(finding.cell.asset),
                          roster.variant(finding.cell.variant));
  test.result = result_of(finding);
  test.type = finding.header.empty() ? slug : slug + " " + finding.header;
  test.message = (finding.is_waived ? "waived by the policy: " : "") + finding.why;
  // Escaped here, so that the line feeds between these lines are ours and nobody else's.
  test.text = fmt::format("url: {}\nexpected: {}\nobserved: {}\nremedy: {}\nevidence: {}", markup(finding.url),
                          markup(finding.expected), markup(finding.observed), markup(finding.remedy),
                          fmt::join(finding.evidence, " "));
  return test;
}

std::vector<Suite> edge_suites(const Run& run) {
  std::map<evidence::EdgeId, std::vector<const verdict::Verdict*>> findings;
  for (const verdict::Verdict& finding : run.judgement.findings) {
    findings[finding.cell.edge].push_back(&finding);
  }
  std::vector<Suite> suites;
  for (const verdict::EdgeSummary& edge : run.judgement.edges) {
    const evidence::EdgeEntry& entry = run.roster.edge(edge.edge);
    Suite suite;
    suite.name = fmt::format("{}/{}/{}", entry.environment, entry.region, entry.name);
    const auto& found = findings[edge.edge];
    const std::size_t shown = std::min(found.size(), max_cases_per_suite);
    for (std::size_t i = 0; i < shown; ++i) {
      suite.cases.push_back(make_case(*found[i], run.roster));
    }
    if (found.size() > shown) {
      const std::string rest = counted(found.size() - shown, "more finding");
      suite.cases.push_back({rest, Result::failed, "more", "see the report", ""});
    }
    if (edge.cells.fresh > 0) {
      suite.cases.push_back({counted(edge.cells.fresh, "fresh cell"), Result::passed, "", "", ""});
    }
    suites.push_back(std::move(suite));
  }
  return suites;
}

Suite check_suite(const Run& run) {
  Suite suite{"checks", {}, 0};
  for (const evidence::CheckOutcome& check : run.footer.checks) {
    const bool is_fail = check.status == evidence::CheckOutcome::Status::fail;
    suite.cases.push_back({check.name, is_fail ? Result::failed : Result::passed,
                           std::string(evidence::name(check.status)), check.detail, ""});
    suite.seconds += std::chrono::duration<double>(check.duration).count();
  }
  return suite;
}

// A round passes where nothing of it is left; the loop fails where a person is needed.
Suite loop_suite(const Run& run) {
  const LoopStory story = tell_loop(run);
  Suite suite{"repurge", {}, 0};
  for (const std::string& round : story.rounds) {
    suite.cases.push_back({round, Result::passed, "", "", ""});
  }
  Case last{"loop", story.is_healed ? Result::passed : Result::failed, "manual", story.left, ""};
  for (const evidence::ManualPurge& manual : story.manual) {
    last.text += markup(fmt::format("{}: {}", manual.tenant, manual.command), 4000) + "\n";
  }
  suite.cases.push_back(std::move(last));
  return suite;
}

Suite gate_suite(const Run& run) {
  const verdict::GateResult& gate = run.judgement.gate;
  Case test{"gate", gate.passed ? Result::passed : Result::failed, "gate", outcome(run), ""};
  for (const std::string& reason : gate.reasons) {
    test.text += markup(reason) + "\n";
  }
  return {
      "gate", {std::move(test)}, std::chrono::duration<double>(run.footer.finished_at - run.header.started_at).count()};
}

std::string_view element(Result result) {
  switch (result) {
    case Result::failed:
      return "failure";
    case Result::errored:
      return "error";
    case Result::skipped:
      return "skipped";
    case Result::passed:
      break;
  }
  return {};
}

void append_case(std::string& out, const Suite& suite, const Case& test) {
  out += fmt::format("    <testcase classname=\"{}\" name=\"{}\"", markup(suite.name), markup(test.name));
  if (test.result == Result::passed) {
    out += "/>\n";
    return;
  }
  const std::string_view tag = element(test.result);
  // The schema that most readers check against knows no `type` for <skipped>.
  const std::string type = test.result == Result::skipped ? "" : fmt::format(" type=\"{}\"", markup(test.type));
  out += fmt::format(">\n      <{} message=\"{}\"{}>{}</{}>\n    </testcase>\n", tag, markup(test.message), type,
                     test.text, tag);
}

}  // namespace

std::string render_junit(const Run& run) {
  std::vector<Suite> suites = edge_suites(run);
  suites.push_back(check_suite(run));
  if (run.judgement.loop) {
    suites.push_back(loop_suite(run));
  }
  suites.push_back(gate_suite(run));
  std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"cachewitness\">\n";
  for (const Suite& suite : suites) {
    out += fmt::format(
        "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" time=\"{:.3f}\" "
        "timestamp=\"{}\">\n",
        markup(suite.name), suite.cases.size(), suite.count(Result::failed), suite.count(Result::errored),
        suite.count(Result::skipped), suite.seconds, base::rfc3339(run.header.started_at, 0));
    for (const Case& test : suite.cases) {
      append_case(out, suite, test);
    }
    out += "  </testsuite>\n";
  }
  out += "</testsuites>\n";
  return out;
}

}  // namespace cachewitness::report
