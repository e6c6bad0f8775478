#include <algorithm>
#include <random>
#include <string>
#include <tuple>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/evidence_builder.h"
#include "verdict/explain.h"
#include "verdict/judgement.h"

namespace cachewitness::verdict {
namespace {

using base::ExitCode;
using base::FailureCause;
using testing::ElementsAre;
using testing::HasSubstr;
using testing_support::EvidenceBuilder;
using testing_support::failing;
using testing_support::Place;
using testing_support::Reply;

using World = EvidenceBuilder;

Judgement judge_all(const World& world, const evidence::RunFooter& footer = {}) {
  Judge judge(world.header, world.roster);
  for (const auto& one : world.evidence) {
    judge.add(one);
  }
  return judge.finish(footer);
}

// Everything of a verdict that a report may show.
std::string told(const Verdict& v) {
  std::string text = std::string(name(v.state)) + '|' + std::string(entry(v.cause).slug) + '|' +
                     std::string(name(v.grade)) + '|' + std::to_string(v.confidence) + '|' + std::string(v.rule) + '|' +
                     (v.is_waived ? "waived" : "") + '|' + v.header + '|' + v.expected + '|' + v.observed + '|' +
                     v.why + '|' + v.remedy + '|' + v.url;
  for (const std::uint64_t id : v.evidence) {
    text += '|' + std::to_string(id);
  }
  return text;
}

std::string told(const EdgeProfile& profile) {
  std::string text = fmt::format("{} {} {} {} at {}", slug(profile.provider), name(profile.date_mode),
                                 name(profile.age_mode), profile.nodes_seen, fmt::join(profile.pops, " "));
  if (profile.skew) {
    text += fmt::format(" {} {}", profile.skew->least.count(), profile.skew->greatest.count());
  }
  return text;
}

std::vector<std::string> told(const Judgement& j) {
  std::vector<std::string> lines;
  std::ranges::transform(j.findings, std::back_inserter(lines), [](const Verdict& v) { return told(v); });
  for (const OriginTrouble& trouble : j.origins) {
    std::string line = trouble.replica + trouble.what + std::to_string(trouble.cells);
    for (const std::uint64_t id : trouble.evidence) {
      line += ',' + std::to_string(id);
    }
    lines.push_back(line);
  }
  for (const EdgeSummary& edge : j.edges) {
    lines.push_back(std::to_string(edge.cells.total) + ' ' + std::to_string(edge.p99.count()) + ' ' +
                    std::to_string(edge.connections_seen) + ' ' + std::to_string(edge.detection_power.value_or(-1)) +
                    ' ' + told(edge.profile));
  }
  lines.insert(lines.end(), j.gate.reasons.begin(), j.gate.reasons.end());
  lines.insert(lines.end(), j.affected_tenants.begin(), j.affected_tenants.end());
  lines.insert(lines.end(), j.unsure_tenants.begin(), j.unsure_tenants.end());
  return lines;
}

// A world of random answers in all cells; the same for the same seed.
World random_world(std::uint32_t seed) {
  std::mt19937 random(seed);
  const auto pick = [&random](std::uint32_t n) { return static_cast<std::uint32_t>(random()) % n; };
  const auto reply = [&](double from, double until) {
    static const std::vector<std::string> bodies{"new", "old", "third"};
    static const std::vector<std::string> fields{"",
                                                 "Age: 5\r\n",
                                                 "Age: 100\r\n",
                                                 "Age: 5\r\nX-Cache: HIT\r\n",
                                                 "X-Cache-Status: STALE\r\n",
                                                 "X-Cache: MISS\r\n",
                                                 "Age: 40\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\n",
                                                 "CF-Cache-Status: DYNAMIC\r\n",
                                                 "Vary: *\r\n"};
    static const std::vector<int> statuses{200, 200, 200, 200, 200, 404, 301, 503, 429};
    Reply out{.status = statuses[pick(9)], .body = bodies[pick(3)], .fields = fields[pick(9)]};
    out.at = from + (until - from) * pick(1000) / 1000;
    out.is_hashed = pick(5) != 0;
    if (pick(8) == 0) {
      out.failure = base::Failure{base::Stage::head, static_cast<FailureCause>(pick(9)), "\x1b[31m"};
    }
    return out;
  };
  World world;
  world.header.purge.is_known = pick(4) != 0;
  for (std::uint32_t tenant = 0; tenant < 2; ++tenant) {
    for (std::uint32_t variant = 0; variant < 2; ++variant) {
      for (std::uint32_t replica = 0; replica < pick(3); ++replica) {
        world.origin(reply(40, 50), replica, {.tenant = tenant, .variant = variant});
      }
      for (std::uint32_t edge = 0; edge < 2; ++edge) {
        const Place place{edge, tenant, variant};
        if (pick(2) == 0) {
          world.baseline(reply(-90, -80), place);
        }
        for (std::uint32_t sample = 0; sample < 1 + pick(3); ++sample) {
          world.probe(reply(10, 90), place);
        }
      }
    }
  }
  return world;
}

// From whole heads, and of probes alone: what was recorded before the purge may be of another day's machines.
TEST(Judge, LearnsTheProfileOfEachEdge) {
  World w;
  w.origins({});
  const auto fastly = [](const char* date, int age, const char* node) {
    return fmt::format(
        "Date: Sun, 23 Nov 2025 {} GMT\r\nAge: {}\r\nX-Timer: S1.5,VS0,VE0\r\nX-Served-By: {}\r\n"
        "X-Cache: HIT\r\n",
        date, age, node);
  };
  w.baseline({.body = "old", .at = -90, .fields = fastly("02:58:30", 7, "cache-fra-9-FRA")});
  w.probe({.at = 60, .fields = fastly("03:01:00", 30, "cache-fra-1-FRA")});
  w.probe({.at = 61, .fields = fastly("03:01:01", 31, "cache-fra-1-FRA")});
  w.probe({.at = 62, .fields = fastly("03:01:02", 32, "cache-ams-2-AMS")});
  w.probe({.at = 60, .fields = "Date: Sun, 23 Nov 2025 03:01:00 GMT\r\nServer: nginx\r\n"}, {.edge = 1});
  w.probe(failing(FailureCause::refused), {.edge = 1, .tenant = 1});
  const Judgement j = judge_all(w);
  EXPECT_EQ(told(j.edges[0].profile), "fastly rewritten always 2 at AMS FRA -20000000 1000000000");
  EXPECT_EQ(told(j.edges[1].profile), "nginx current never 0 at  -20000000 1000000000");
}

TEST(Judge, LearnsNothingOfAnEdgeThatNeverAnswered) {
  World w;
  w.origins({}).probe(failing(FailureCause::refused));
  EXPECT_EQ(told(judge_all(w).edges[0].profile), "unknown unknown unknown 0 at ");
}

TEST(Judge, GivesTheSameJudgementForAnyOrderOfEvidence) {
  for (std::uint32_t seed = 0; seed < 300; ++seed) {
    World world = random_world(seed);
    const auto expected = told(judge_all(world));
    std::mt19937 random(seed + 1);
    std::ranges::shuffle(world.evidence, random);
    ASSERT_EQ(told(judge_all(world)), expected) << "seed " << seed;
  }
}

TEST(Judge, NeverMakesAStaleCellFreshByFurtherFreshAnswers) {
  std::size_t stale = 0;
  for (std::uint32_t seed = 0; seed < 300; ++seed) {
    const Judgement first = judge_all(random_world(seed));
    for (const Verdict& before : first.findings) {
      if (before.state != State::stale) {
        continue;
      }
      ++stale;
      World later = random_world(seed);
      const Place place{before.cell.edge.value, before.cell.tenant.value, before.cell.variant.value};
      later.probe({.body = "new", .at = 95}, place).probe({.body = "new", .at = 96}, place);
      Judge judge(later.header, later.roster);
      for (const auto& one : later.evidence) {
        judge.add(one);
      }
      ASSERT_NE(judge.verdict_of(before.cell).state, State::fresh) << "seed " << seed << ": " << told(before);
    }
  }
  EXPECT_GT(stale, 100U);
}

TEST(Judge, CountsWhatItJudgedAndLeavesOutWhatWasCancelled) {
  World w;
  w.origins({}).baseline({.body = "old"});
  w.probe({}).probe({.body = "old", .fields = "Age: 100\r\n"}, {.edge = 1});
  w.origins({}, {.tenant = 1}).probe(failing(FailureCause::cancelled), {.tenant = 1});
  const Judgement j = judge_all(w);
  EXPECT_EQ(j.cells.total, 2U);
  EXPECT_EQ(j.cells.fresh, 1U);
  EXPECT_EQ(j.cells.proven, 1U);
  EXPECT_EQ(j.cells.stale, 1U);
  EXPECT_EQ(j.probes, 2U);
  EXPECT_EQ(j.tenants, 1U);
  EXPECT_DOUBLE_EQ(j.parity_score, 0.5);
  EXPECT_THAT(j.affected_tenants, ElementsAre("tenant-a"));
  ASSERT_EQ(j.edges.size(), 2U);
  EXPECT_EQ(j.edges[1].cells.stale, 1U);
  EXPECT_EQ(j.edges[1].connections_seen, 1U);
  EXPECT_EQ(j.edges[0].p50, std::chrono::milliseconds(20));
}

// Blind, by names, and the least of both cells; nothing of what could not be judged or is not known.
TEST(Judge, TellsHowLikelyAStaleServerWouldHaveBeenSeen) {
  const auto power = [](std::uint32_t servers, const std::vector<std::string>& nodes, bool has_second_cell = false) {
    World w;
    w.roster.edges[0].servers = servers;
    w.origins({});
    for (const std::string& node : nodes) {
      w.probe({.fields = node.empty() ? "" : "X-Served-By: cache-fra-" + node + "-FRA\r\n"});
    }
    if (has_second_cell) {
      w.origins({}, {.tenant = 1}).probe({}, {.tenant = 1});
    }
    Judge judge(w.header, w.roster);
    for (const auto& one : w.evidence) {
      judge.add(one);
    }
    (void)judge.suspects();  // remembers what was plain
    return judge.finish({}).edges[0].detection_power;
  };
  EXPECT_EQ(power(4, {}), std::nullopt);
  EXPECT_EQ(power(1, {""}), 1.0);
  EXPECT_EQ(power(2, {"", "", ""}), 0.875);
  EXPECT_EQ(power(4, {"a", "b", "b"}), 0.5);
  EXPECT_EQ(power(4, {"a", "b", ""}), 1 - 0.5 * 0.75);
  EXPECT_EQ(power(2, {"a", "b"}), 1.0);
  EXPECT_EQ(power(2, {"a", "b"}, true), 0.5);
  EXPECT_EQ(power(2, {"a", "b", "c"}), std::nullopt) << "more names than servers";
  EXPECT_EQ(power(1, {"a", "b"}), std::nullopt) << "more names than servers";
  World w;
  w.origins({}).probe(failing(FailureCause::reset));
  EXPECT_EQ(judge_all(w).edges[0].detection_power, std::nullopt);
}

TEST(Judge, ProvesAFreshCellOnlyByAnOldBaselineOfTheSameCell) {
  World changed;
  changed.origins({}).baseline({.body = "old"}).probe({});
  World unchanged;
  unchanged.origins({}).baseline({}).probe({});
  World elsewhere;
  elsewhere.origins({}).baseline({.body = "old"}, {.edge = 1}).probe({});
  EXPECT_EQ(judge_all(changed).cells.proven, 1U);
  EXPECT_EQ(judge_all(unchanged).cells.proven, 0U);
  EXPECT_EQ(judge_all(elsewhere).cells.proven, 0U);
}

TEST(Judge, ShowsAWaivedCauseAndDoesNotCountIt) {
  World w;
  w.origins({}).baseline({.body = "old"}).probe({.body = "old", .fields = "Age: 100\r\n"});
  w.header.policy.allow = {{"never-purged", std::nullopt}};
  const Judgement waived = judge_all(w);
  ASSERT_EQ(waived.findings.size(), 1U);
  EXPECT_TRUE(waived.findings[0].is_waived);
  EXPECT_TRUE(waived.gate.passed);
  EXPECT_DOUBLE_EQ(waived.parity_score, 1.0);
  EXPECT_TRUE(waived.affected_tenants.empty());

  w.header.policy.allow[0].until = w.header.started_at;  // over by the time the run began
  EXPECT_EQ(judge_all(w).gate.exit_code, ExitCode::failed);
}

TEST(Judge, SortsFindingsByNamesAndNotByIds) {
  World w;
  w.roster.tenants.intern("a-tenant-that-came-last");
  for (std::uint32_t tenant = 0; tenant < 3; ++tenant) {
    w.probe({}, {.edge = 1, .tenant = tenant}).probe({}, {.edge = 0, .tenant = tenant});
  }
  std::vector<std::tuple<std::uint32_t, std::string>> order;
  for (const Verdict& finding : judge_all(w).findings) {
    order.emplace_back(finding.cell.edge.value, std::string(w.roster.tenant(finding.cell.tenant)));
  }
  ASSERT_EQ(order.size(), 6U);
  EXPECT_TRUE(std::ranges::is_sorted(order));
}

TEST(Judge, ReportsReplicasBeforeAnyEdgeIsBlamed) {
  World w;
  w.baseline({.body = "old"}).origin({}, 0).origin({.body = "old"}, 1).probe({});
  w.origin(failing(FailureCause::refused), 0, {.tenant = 1}).origin({}, 1, {.tenant = 1}).probe({}, {.tenant = 1});
  const Judgement j = judge_all(w);
  ASSERT_EQ(j.origins.size(), 2U);
  EXPECT_EQ(j.origins[0].replica, "http://o1.example");
  EXPECT_EQ(j.origins[0].what, "unreachable: refused");
  EXPECT_EQ(j.origins[1].what, "still serves the old version");
  EXPECT_THAT(j.origins[1].evidence, ElementsAre(3U));
  EXPECT_EQ(j.cells.fresh, 2U);
}

TEST(Judge, AsksAgainOnlyWhereAnotherSampleCouldSettleIt) {
  World w;
  w.origins({}).probe({.body = "old", .fields = "Age: 100\r\n"});                // stale
  w.probe({}, {.edge = 1});                                                      // fresh
  w.origins({}, {.tenant = 1}).probe({.body = "old", .at = 10}, {.tenant = 1});  // early
  w.probe(failing(FailureCause::refused), {.edge = 1, .tenant = 1});             // an error
  Judge judge(w.header, w.roster);
  for (const auto& one : w.evidence) {
    judge.add(one);
  }
  EXPECT_THAT(judge.suspects(), ElementsAre(World::cell({}), World::cell({.tenant = 1})));
}

TEST(Judge, FindsTheExpectationThatFitsFirst) {
  World w;
  w.header.expect.push_back({"tenant-a", "/asset.js", "gzip", testing_support::digest_of("x"), ""});
  w.header.expect.push_back({"*", "/asset.js", "*", testing_support::digest_of("new"), ""});
  w.header.expect.push_back({"tenant-a", "/asset.js", "*", testing_support::digest_of("late"), ""});
  w.origins({.body = "old"}).probe({});  // the expectation wins over asking
  w.probe({.body = "old"}, {.tenant = 1});
  const Judgement j = judge_all(w);
  EXPECT_EQ(j.cells.fresh, 1U);
  ASSERT_EQ(j.findings.size(), 1U);
  EXPECT_EQ(j.findings[0].cell.tenant.value, 1U);
  EXPECT_THAT(j.findings[0].expected, HasSubstr("as the deploy said"));
  ASSERT_EQ(j.origins.size(), 2U);
  EXPECT_EQ(j.origins[0].what, "does not serve the expected version");
}

TEST(Judge, SaysThatNothingWasSeenOfACellThatItDoesNotKnow) {
  const World w;
  const Judge judge(w.header, w.roster);
  EXPECT_EQ(judge.verdict_of(World::cell()).state, State::inconclusive);
  EXPECT_THAT(explain(judge, World::cell()), HasSubstr("Nothing was seen"));
}

TEST(Explain, TellsTheStoryOfACellWithoutLettingPeerBytesThrough) {
  World w;
  w.origins({}).baseline({.body = "old"});
  w.probe({.body = "old", .fields = "Age: 100\r\nX-Cache: HIT \xff\xe2\x80\xae\r\n"});
  Judge judge(w.header, w.roster);
  for (const auto& one : w.evidence) {
    judge.add(one);
  }
  const std::string story = explain(judge, World::cell());
  for (const char* part :
       {"production / us-west / us-west-1", "Verdict: stale, never-purged", "RFC 9111 4.2.3", "What to do",
        "purge requested 2025-11-23T03:00:00.000Z", "Before the deploy", "e4 2025-11-23T03:01:00.000Z",
        "Expected since 2025-11-23T03:00:00.000Z", "Ruled out\n", "version: previous", "(+60.0 s)", "(-40.0 s)",
        "generated after 2025-11-23T02:59:19.000Z", "Age 100 s", "\\xff"}) {
    EXPECT_THAT(story, HasSubstr(part));
  }
  EXPECT_TRUE(std::ranges::none_of(story, [](char c) { return c == '\xff' || c == '\x1b'; }));
}

struct GateRow {
  const char* name;
  void (*arrange)(World&, evidence::RunFooter&);
  ExitCode expected;
  const char* reason;
};

TEST(Gate, TurnsVerdictsIntoAnExitCodeAndAReason) {
  const GateRow rows[] = {
      {"all fresh", [](World& w, evidence::RunFooter&) { w.origins({}).probe({}); }, ExitCode::passed, ""},
      {"zero cells", [](World&, evidence::RunFooter&) {}, ExitCode::inconclusive, "No cell was judged"},
      {"one stale",
       [](World& w, evidence::RunFooter&) { w.origins({}).probe({.body = "old", .fields = "Age: 100\r\n"}); },
       ExitCode::failed, "1 of 1 cells are stale"},
      {"stale, and allowed by number, but not by parity",
       [](World& w, evidence::RunFooter&) {
         w.origins({}).probe({.body = "old", .fields = "Age: 100\r\n"}).probe({}, {.edge = 1});
         w.header.gate.max_stale_cells = 1;
         w.header.gate.min_parity = 0.6;
       },
       ExitCode::failed, "Parity is 50.00%"},
      {"stale, and allowed",
       [](World& w, evidence::RunFooter&) {
         w.origins({}).probe({.body = "old", .fields = "Age: 100\r\n"}).probe({}, {.edge = 1});
         w.header.gate.max_stale_cells = 1;
         w.header.gate.min_parity = 0.5;
       },
       ExitCode::passed, ""},
      {"errors",
       [](World& w, evidence::RunFooter&) { w.origins({}).probe({}).probe(failing(FailureCause::dns), {.edge = 1}); },
       ExitCode::inconclusive, "1 of 2 cells (50.00%)"},
      {"one error in two where just less than half may be",
       [](World& w, evidence::RunFooter&) {
         w.origins({}).probe({}).probe(failing(FailureCause::dns), {.edge = 1});
         w.header.gate.max_inconclusive = 0.499;
       },
       ExitCode::inconclusive, "1 of 2 cells (50.00%)"},
      {"a waived error",
       [](World& w, evidence::RunFooter&) {
         w.origins({}).probe({}).probe(failing(FailureCause::dns), {.edge = 1});
         w.header.policy.allow = {{"dns", std::nullopt}};
       },
       ExitCode::passed, ""},
      {"stale and inconclusive",
       [](World& w, evidence::RunFooter&) {
         w.origins({}).probe({.body = "old", .fields = "Age: 100\r\n"}).probe(failing(FailureCause::dns), {.edge = 1});
       },
       ExitCode::failed, "1 of 2 cells are stale"},
      {"every cell cancelled",
       [](World& w, evidence::RunFooter&) { w.origins({}).probe(failing(FailureCause::cancelled)); },
       ExitCode::inconclusive, "No cell was judged"},
      {"a waived stale cell beside an error",
       [](World& w, evidence::RunFooter&) {
         w.origins({}).probe({.body = "old", .fields = "Age: 100\r\n"}).probe(failing(FailureCause::dns), {.edge = 1});
         w.header.policy.allow = {{"never-purged", std::nullopt}};
       },
       ExitCode::inconclusive, "1 of 2 cells (50.00%)"},
      {"few errors",
       [](World& w, evidence::RunFooter&) {
         w.origins({}).probe({}).probe(failing(FailureCause::dns), {.edge = 1});
         w.header.gate.max_inconclusive = 0.5;
       },
       ExitCode::passed, ""},
      {"incomplete",
       [](World& w, evidence::RunFooter& footer) {
         w.origins({}).probe({});
         footer.is_complete = false;
         footer.why_incomplete = "interrupted";
       },
       ExitCode::inconclusive, "incomplete (interrupted)"},
      {"stale and incomplete",
       [](World& w, evidence::RunFooter& footer) {
         w.origins({}).probe({.body = "old", .fields = "Age: 100\r\n"});
         footer.is_complete = false;
       },
       ExitCode::failed, "1 of 1 cells are stale"},
      {"a failed check",
       [](World& w, evidence::RunFooter& footer) {
         w.origins({}).probe({});
         evidence::CheckOutcome check;
         check.name = "coherency";
         check.detail = "3 differ";
         footer.checks.push_back(check);
       },
       ExitCode::failed, "Check 'coherency' failed: 3 differ"},
      {"proof asked for, the asset did not change",
       [](World& w, evidence::RunFooter&) {
         w.origins({}).baseline({}).probe({});
         w.header.gate.require_grade = manifest::RequiredGrade::proven;
       },
       ExitCode::inconclusive, "1 of 1 fresh cells are only consistent"},
  };
  for (const GateRow& row : rows) {
    World world;
    evidence::RunFooter footer;
    row.arrange(world, footer);
    const GateResult gate = judge_all(world, footer).gate;
    EXPECT_EQ(gate.exit_code, row.expected) << row.name;
    EXPECT_EQ(gate.passed, row.expected == ExitCode::passed) << row.name;
    EXPECT_EQ(gate.reasons.empty(), gate.passed) << row.name;
    EXPECT_THAT(gate.reasons.empty() ? "" : gate.reasons[0], HasSubstr(row.reason)) << row.name;
  }
}

}  // namespace
}  // namespace cachewitness::verdict
