// Whole commands over the lab in virtual time: what a user of `arm`, `verify` and `judge` may rely on.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <csignal>
#include <set>
#include <string>
#include <vector>

#include "app/leaks.h"
#include "app/memory_fleet.h"
#include "app/verify_command.h"
#include "lab/fault.h"
#include "purge/journal.h"

namespace cachewitness {
namespace {

using ::testing::HasSubstr;
using testing::MemoryFleet;
using ::testing::Not;
using ::testing::StartsWith;

std::string text_of(const boost::json::value& value) { return std::string(value.as_string()); }

struct Flag {
  std::string edge;
  std::string tenant;
  std::string state;
  std::string cause;
  friend auto operator<=>(const Flag&, const Flag&) = default;
};

std::set<Flag> flags_of(const boost::json::object& report) {
  std::set<Flag> flags;
  for (const auto& finding : report.at("findings").as_array()) {
    const auto& f = finding.as_object();
    flags.insert({text_of(f.at("edge")), text_of(f.at("tenant")), text_of(f.at("state")), text_of(f.at("cause"))});
  }
  return flags;
}

std::uint64_t cells(const boost::json::object& report, std::string_view which) {
  return report.at("summary").at("cells").at(which).to_number<std::uint64_t>();
}

TEST(Verification, PassesWhenEveryEdgeWasPurged) {
  MemoryFleet fleet;
  ASSERT_EQ(fleet.arm(), 0);
  fleet.deploy_and_purge();
  EXPECT_EQ(fleet.verify(fleet.verify_options()), 0);
  const auto report = fleet.report();
  EXPECT_EQ(text_of(report.at("outcome")), "SUCCESS - 12/12 tenants verified.");
  EXPECT_EQ(cells(report, "total"), cells(report, "fresh"));
  EXPECT_GT(cells(report, "total"), 0U);
  EXPECT_TRUE(report.at("complete").as_bool());
}

TEST(Verification, WarnsOfABaselineFromAfterThePurge) {
  MemoryFleet fleet;
  ASSERT_EQ(fleet.arm(), 0);
  fleet.deploy_and_purge();
  fleet.verify(fleet.verify_options());
  EXPECT_THAT(fleet.console.err_text, Not(HasSubstr("warning")));
  auto options = fleet.verify_options();
  options.purged_at = base::rfc3339(fleet.now() - std::chrono::hours(1), 9);
  fleet.verify(options);
  EXPECT_THAT(fleet.console.err_text, HasSubstr("cachewitness: warning: the baseline was recorded until "));
}

TEST(Verification, FindsEverythingStaleWhenNothingWasPurged) {
  MemoryFleet fleet;
  ASSERT_EQ(fleet.arm(), 0);
  fleet.deploy();
  app::VerifyOptions options = fleet.verify_options();
  options.purged_at = base::rfc3339(fleet.now(), 9);
  EXPECT_EQ(fleet.verify(options), 1);
  const auto report = fleet.report();
  EXPECT_EQ(cells(report, "fresh"), 0U);
}

TEST(Verification, NamesTheTenantTheEdgeAndTheCause) {
  MemoryFleet fleet;
  ASSERT_EQ(fleet.arm(), 0);
  ASSERT_TRUE(fleet.lab().plant({lab::FaultKind::node_not_purged, "us-east-2", "tenant-xyz"}));
  fleet.deploy_and_purge();
  EXPECT_EQ(fleet.verify(fleet.verify_options()), 1);
  const std::set<Flag> expected{{"us-east-2", "tenant-xyz", "stale", "never-purged"}};
  EXPECT_EQ(flags_of(fleet.report()), expected);
  EXPECT_THAT(fleet.console.out_text, HasSubstr("PARTIAL_SUCCESS - 11/12 tenants verified. Flagged 1 for retry."));
}

// The journal of a purge with two calls: one was taken, and that of the URL was refused.
std::string journal_of(MemoryFleet& fleet, const std::string& refused_url) {
  using purge::Answer;
  const base::ClockAnchor anchor = fleet.ports().clock.anchor();
  const purge::Moment now{fleet.purged_at(), anchor.tick};
  purge::JournalHeader header;
  header.purge_id = "purge-1";
  header.environment = "lab";
  header.calls = 2;
  std::vector<purge::Call> calls(2);
  calls[0].number = 1;
  calls[0].items = {{"http://elsewhere.example/", {}}};
  calls[1].number = 2;
  calls[1].items = {{refused_url, {}}};
  std::string journal;
  purge::append_header(header, now, journal);
  for (const purge::Call& call : calls) {
    purge::append_call(call, journal);
  }
  purge::append_ready(now, journal);
  Answer answer;
  answer.outcome = Answer::Outcome::completed;
  for (const purge::Call& call : calls) {
    purge::append_request(call, 1, false, {}, now, journal);
    purge::append_answer(call, 1, 200, answer, now, journal);
    answer.outcome = Answer::Outcome::refused;
    answer.reason = "no such zone";
  }
  purge::append_end(true, now, journal);
  return journal;
}

TEST(Verification, NamesThePurgeThatFailedByItsJournalAndSoDoesItsEvidence) {
  MemoryFleet fleet;
  ASSERT_EQ(fleet.arm(), 0);
  ASSERT_TRUE(fleet.lab().plant({lab::FaultKind::node_not_purged, "us-east-2", "tenant-xyz"}));
  fleet.deploy_and_purge();
  ASSERT_EQ(fleet.verify(fleet.verify_options()), 1);
  const std::string url = text_of(fleet.report().at("findings").as_array().at(0).at("url"));
  fleet.files.contents["purge.jsonl"] = journal_of(fleet, url);
  app::VerifyOptions options = fleet.verify_options();
  options.purged_at = "journal";
  EXPECT_EQ(fleet.verify(options), 1);
  const auto report = fleet.report();
  const std::set<Flag> expected{{"us-east-2", "tenant-xyz", "stale", "purge-failed"}};
  EXPECT_EQ(flags_of(report), expected);
  EXPECT_THAT(text_of(report.at("findings").as_array().at(0).at("why")), HasSubstr("no such zone"));
  EXPECT_THAT(fleet.console.err_text, HasSubstr("1 of the 2 calls in purge.jsonl were not taken whole"));
  EXPECT_EQ(fleet.judge("evidence.jsonl", "again.json"), 1);
  EXPECT_EQ(fleet.files.contents.at("again.json"), fleet.files.contents.at("report.json"));
}

TEST(Verification, IsReproducedFromItsEvidenceByteForByte) {
  MemoryFleet fleet;
  ASSERT_EQ(fleet.arm(), 0);
  ASSERT_TRUE(fleet.lab().plant({lab::FaultKind::node_not_purged, "us-west-1", "tenant-pqr"}));
  ASSERT_TRUE(fleet.lab().plant({lab::FaultKind::header_drift, "us-west-2", "tenant-abc"}));
  fleet.deploy_and_purge();
  ASSERT_EQ(fleet.verify(fleet.verify_options()), 1);
  EXPECT_EQ(fleet.judge("evidence.jsonl", "again.json"), 1);
  EXPECT_EQ(fleet.files.contents.at("again.json"), fleet.files.contents.at("report.json"));
}

TEST(Verification, OfAKilledRunIsJudgedAsIncomplete) {
  MemoryFleet fleet;
  fleet.deploy_and_purge();
  ASSERT_EQ(fleet.verify(fleet.verify_options()), 0);
  std::string& evidence = fleet.files.contents.at("evidence.jsonl");
  evidence.resize(evidence.size() * 2 / 3);  // in the middle of a line, footer gone
  EXPECT_EQ(fleet.judge("evidence.jsonl", "again.json"), 3);
  EXPECT_FALSE(fleet.report("again.json").at("complete").as_bool());
}

TEST(Verification, StopsAtTheFirstProvenStaleCellAndSaysWhatWasLeftOut) {
  lab::LabSettings settings = MemoryFleet::small_lab();
  settings.tenants = lab::tenant_names(300);
  MemoryFleet fleet(std::move(settings));
  fleet.edit_manifest("timeout: 2s", "timeout: 2s\n  concurrency: 8");
  ASSERT_EQ(fleet.arm(), 0);
  fleet.deploy();
  app::VerifyOptions options = fleet.verify_options();
  options.purged_at = base::rfc3339(fleet.now(), 9);
  options.is_fail_fast = true;
  EXPECT_EQ(fleet.verify(options), 1);
  const auto report = fleet.report();
  EXPECT_FALSE(report.at("complete").as_bool());
  EXPECT_LT(report.at("summary").at("probes").to_number<std::uint64_t>(), 200U);
  EXPECT_THAT(fleet.console.out_text, HasSubstr("--fail-fast"));
}

TEST(Verification, WritesWhatItHasWhenInterrupted) {
  MemoryFleet fleet;
  ASSERT_EQ(fleet.arm(), 0);
  ASSERT_TRUE(fleet.lab().plant({lab::FaultKind::slow, "us-west-1", "*"}));
  fleet.deploy_and_purge();
  fleet.interrupts.signal = std::pair(fleet.network().now() + std::chrono::milliseconds(200), SIGINT);
  EXPECT_EQ(fleet.verify(fleet.verify_options()), 130);
  const auto report = fleet.report();
  EXPECT_FALSE(report.at("complete").as_bool());
  EXPECT_TRUE(fleet.files.exists("evidence.jsonl"));
  EXPECT_TRUE(fleet.files.exists("log.json"));
}

TEST(Verification, EndsAtItsDeadlineWhateverAnEdgeDoes) {
  MemoryFleet fleet;
  ASSERT_TRUE(fleet.lab().plant({lab::FaultKind::hang_mid_head, "us-west-1", "*"}));
  fleet.deploy_and_purge();
  app::VerifyOptions options = fleet.verify_options();
  options.common.timeout = std::chrono::seconds(2);
  const base::Tick started = fleet.network().now();
  EXPECT_EQ(fleet.verify(options), 3);
  EXPECT_LE(fleet.network().now() - started, std::chrono::milliseconds(2100));
}

// A DNS server that never answers.
class SilentResolver final : public ports::Resolver, ports::TimerEvents {
 public:
  explicit SilentResolver(testing::MemoryNetwork& network) : network_(network) {}
  std::vector<ports::Resolved> resolve(std::span<const ports::Query> queries, base::Duration timeout,
                                       const std::function<bool()>& is_stopped) override {
    const base::Tick deadline = network_.now() + timeout;
    while (network_.now() < deadline && !is_stopped()) {
      const base::Tick next = std::min(deadline, network_.now() + std::chrono::milliseconds(20));
      network_.arm_timer(next, *this);
      network_.turn(next);
    }
    return std::vector<ports::Resolved>(
        queries.size(), std::unexpected(base::Failure{base::Stage::resolve, base::FailureCause::timeout, "silent"}));
  }

 private:
  void on_timer(base::Tick /*now*/) override {}

  testing::MemoryNetwork& network_;
};

TEST(Verification, EndsAtItsDeadlineThoughNoNameResolves) {
  MemoryFleet fleet;
  SilentResolver silent(fleet.network());
  const app::Ports given = fleet.ports();
  const app::Ports ports{given.clock, given.entropy, given.environment, given.files,     given.processes,
                         silent,      given.network, given.console,     given.interrupts};
  app::VerifyOptions options = fleet.verify_options();
  options.common.timeout = std::chrono::seconds(3);
  const base::Tick started = fleet.network().now();
  EXPECT_EQ(app::run_verify(ports, options), 3);
  EXPECT_LE(fleet.network().now() - started, std::chrono::milliseconds(3100));
  EXPECT_THAT(fleet.console.out_text, StartsWith("INCONCLUSIVE - the run was cut short (total deadline)"));
}

TEST(Verification, HearsAnInterruptWhileNamesAreResolved) {
  MemoryFleet fleet;
  SilentResolver silent(fleet.network());
  const app::Ports given = fleet.ports();
  const app::Ports ports{given.clock, given.entropy, given.environment, given.files,     given.processes,
                         silent,      given.network, given.console,     given.interrupts};
  const base::Tick started = fleet.network().now();
  fleet.interrupts.signal = std::pair(started + std::chrono::milliseconds(200), SIGINT);
  EXPECT_EQ(app::run_verify(ports, fleet.verify_options()), 130);
  EXPECT_LE(fleet.network().now() - started, std::chrono::milliseconds(250));
}

TEST(Verification, CannotTellWithoutAnyOrigin) {
  MemoryFleet fleet;
  ASSERT_EQ(fleet.arm(), 0);
  fleet.deploy_and_purge();
  ASSERT_TRUE(fleet.lab().plant({lab::FaultKind::down, "origin-1", ""}));
  ASSERT_TRUE(fleet.lab().plant({lab::FaultKind::down, "origin-2", ""}));
  EXPECT_EQ(fleet.verify(fleet.verify_options()), 3);
  EXPECT_THAT(fleet.console.out_text, HasSubstr("\nINCONCLUSIVE - "));
}

TEST(Verification, FailsToFinishWhenTheEvidenceCannotBeKept) {
  MemoryFleet fleet;
  fleet.deploy_and_purge();
  fleet.files.full.push_back("evidence.jsonl");
  EXPECT_EQ(fleet.verify(fleet.verify_options()), 4);
  EXPECT_THAT(fleet.console.err_text, HasSubstr("No space left on device"));
}

TEST(Verification, KeepsTheOtherReportsWhenOneCannotBeWritten) {
  MemoryFleet fleet;
  fleet.deploy_and_purge();
  fleet.files.full.push_back("report.json");
  EXPECT_EQ(fleet.verify(fleet.verify_options()), 4);
  EXPECT_TRUE(fleet.files.exists("log.json"));
  EXPECT_THAT(fleet.console.out_text, StartsWith("SUCCESS - "));
}

TEST(Verification, RunsTheChecksAndFailsTheGateWhenOneFails) {
  MemoryFleet fleet;
  fleet.files.contents["cachewitness.yaml"] += "checks:\n  - {name: coherency, run: [python3, check.py]}\n";
  fleet.processes.program = [](const ports::ProcessSpec&) {
    ports::ProcessOutcome outcome;
    outcome.code = 1;
    outcome.diagnostics = "Traceback: nothing works\n";
    return base::Result<ports::ProcessOutcome>(std::move(outcome));
  };
  fleet.deploy_and_purge();
  EXPECT_EQ(fleet.verify(fleet.verify_options()), 1);
  ASSERT_EQ(fleet.processes.started.size(), 2U);
  EXPECT_EQ(fleet.processes.started[0].argv, (std::vector<std::string>{"python3", "--version"}));
  EXPECT_THAT(fleet.processes.started[1].input, HasSubstr("\"evidence\":\"/memory/evidence.jsonl\""));
  EXPECT_THAT(fleet.files.contents.at("report.json"), HasSubstr("nothing works"));
}

TEST(Verification, TellsWhichInterpreterRanACheck) {
  MemoryFleet fleet;
  fleet.files.contents["cachewitness.yaml"] +=
      "checks:\n  - {name: coherency, run: [/opt/bin/python3.12, -I, tools/check.py, -v]}\n"
      "  - {name: other, run: [./check], result: exit-code}\n";
  fleet.processes.program = [](const ports::ProcessSpec& spec) {
    ports::ProcessOutcome outcome;
    outcome.output = spec.argv.back() == "--version" ? "Python 3.12.1\n" : R"({"status": "pass", "detail": "fine"})";
    return base::Result<ports::ProcessOutcome>(std::move(outcome));
  };
  fleet.deploy_and_purge();
  EXPECT_EQ(fleet.verify(fleet.verify_options()), 0);
  const std::string& log = fleet.files.contents.at("log.json");
  EXPECT_THAT(log, HasSubstr("\"Invoking check.py with Python 3.12 runtime; coherency: fine; other: "));
  EXPECT_THAT(log, HasSubstr("Python 3.12.1"));
}

TEST(Verification, RefusesAMissingInterpreterBeforeAnythingIsSent) {
  MemoryFleet fleet;
  fleet.files.contents["cachewitness.yaml"] += "checks:\n  - {name: coherency, run: [python3.99, check.py]}\n";
  fleet.processes.program = [](const ports::ProcessSpec&) -> base::Result<ports::ProcessOutcome> {
    return base::fail(base::errors::program_failed, "cannot start \"python3.99\": No such file or directory");
  };
  fleet.deploy_and_purge();
  EXPECT_EQ(fleet.verify(fleet.verify_options()), 2);
  EXPECT_THAT(fleet.console.err_text, HasSubstr("check \"coherency\": cannot start \"python3.99\""));
  EXPECT_THAT(fleet.console.err_text, HasSubstr("[missing-interpreter]"));
  EXPECT_FALSE(fleet.files.exists("report.json"));
}

// A purge that comes three seconds late, at an edge that does not say whether it holds its copies for fresh: the looks
// come 0.3, 1.3 and 3.3 s after the first.
TEST(Verification, LooksAgainAtGrowingDelaysUntilNothingMayChange) {
  MemoryFleet fleet;
  ASSERT_EQ(fleet.arm(), 0);
  for (const char* edge : {"us-west-1", "us-west-2", "us-east-1", "us-east-2"}) {
    ASSERT_TRUE(fleet.lab().plant({lab::FaultKind::silent, edge, ""}));
  }
  fleet.deploy();
  app::VerifyOptions options = fleet.verify_options();
  options.purged_at = base::rfc3339(fleet.now(), 9);
  fleet.act_after(std::chrono::seconds(3), [&] { fleet.evict(); });
  const base::Tick started = fleet.network().now();
  EXPECT_EQ(fleet.verify(options), 1);
  EXPECT_GE(fleet.network().now() - started, std::chrono::milliseconds(3300));
  EXPECT_LT(fleet.network().now() - started, std::chrono::milliseconds(4000));
  const auto report = fleet.report();
  for (const Flag& flag : flags_of(report)) {
    EXPECT_EQ(flag.cause, "stale-while-revalidate");
  }
  EXPECT_EQ(cells(report, "stale"), cells(report, "total"));
  EXPECT_THAT(text_of(report.at("findings").as_array().at(0).at("why")), HasSubstr("may also have arrived late"));
}

TEST(Verification, LooksAgainToTheEndWhereNothingTurns) {
  MemoryFleet fleet;
  ASSERT_EQ(fleet.arm(), 0);
  ASSERT_TRUE(fleet.lab().plant({lab::FaultKind::silent, "us-east-2", ""}));
  ASSERT_TRUE(fleet.lab().plant({lab::FaultKind::node_not_purged, "us-east-2", "tenant-xyz"}));
  fleet.deploy_and_purge();
  const base::Tick started = fleet.network().now();
  EXPECT_EQ(fleet.verify(fleet.verify_options()), 1);
  EXPECT_GE(fleet.network().now() - started, std::chrono::milliseconds(15'300));
  const std::set<Flag> expected{{"us-east-2", "tenant-xyz", "stale", "never-purged"}};
  EXPECT_EQ(flags_of(fleet.report()), expected);
  app::VerifyOptions options = fleet.verify_options();
  options.common.timeout = std::chrono::seconds(5);
  const base::Tick again = fleet.network().now();
  EXPECT_EQ(fleet.verify(options), 1) << fleet.console.out_text;
  EXPECT_LT(fleet.network().now() - again, std::chrono::seconds(5));
  EXPECT_TRUE(fleet.report().at("complete").as_bool());
}

// Its own word leaves nothing open: the edge holds the old copy for fresh.
TEST(Verification, LooksAgainOnceAtAnEdgeThatSaysThatItsCopyIsFresh) {
  MemoryFleet fleet;
  ASSERT_EQ(fleet.arm(), 0);
  ASSERT_TRUE(fleet.lab().plant({lab::FaultKind::node_not_purged, "us-east-2", "tenant-xyz"}));
  fleet.deploy_and_purge();
  const base::Tick started = fleet.network().now();
  EXPECT_EQ(fleet.verify(fleet.verify_options()), 1);
  EXPECT_LT(fleet.network().now() - started, std::chrono::milliseconds(900));
}

TEST(Verification, LooksAgainOnceThePropagationDeadlineHasPassed) {
  MemoryFleet fleet;
  fleet.edit_manifest("propagation: 0s", "propagation: 20s");
  ASSERT_EQ(fleet.arm(), 0);
  ASSERT_TRUE(fleet.lab().plant({lab::FaultKind::node_not_purged, "us-east-2", "tenant-xyz"}));
  fleet.deploy_and_purge();
  const base::Tick purged = fleet.network().now();
  EXPECT_EQ(fleet.verify(fleet.verify_options()), 1);
  EXPECT_GE(fleet.network().now() - purged, std::chrono::seconds(19));
  const std::set<Flag> expected{{"us-east-2", "tenant-xyz", "stale", "never-purged"}};
  EXPECT_EQ(flags_of(fleet.report()), expected);
}

TEST(Verification, LooksAgainAtEveryServerBehindAnAddressOnceTheDeadlineHasPassed) {
  MemoryFleet fleet;
  fleet.edit_manifest("propagation: 0s", "propagation: 20s");
  fleet.edit_manifest("{name: us-east-2,", "{name: us-east-2, servers: 3,");
  ASSERT_EQ(fleet.arm(), 0);
  ASSERT_TRUE(fleet.lab().plant({lab::FaultKind::node_not_purged, "us-east-2", "tenant-xyz"}));
  fleet.deploy_and_purge();
  EXPECT_EQ(fleet.verify(fleet.verify_options()), 1);
  const std::set<Flag> expected{{"us-east-2", "tenant-xyz", "stale", "never-purged"}};
  EXPECT_EQ(flags_of(fleet.report()), expected) << fleet.console.out_text;
}

TEST(Verification, PassesServersBehindAnAddressThatWerePurgedWithinTheDeadline) {
  MemoryFleet fleet;
  fleet.edit_manifest("propagation: 0s", "propagation: 20s");
  fleet.edit_manifest("{name: us-east-2,", "{name: us-east-2, servers: 3,");
  ASSERT_EQ(fleet.arm(), 0);
  fleet.deploy();
  // The purge is asked for now, and takes effect ten seconds later.
  app::VerifyOptions options = fleet.verify_options();
  options.purged_at = base::rfc3339(fleet.now(), 9);
  fleet.act_after(std::chrono::seconds(10), [&] { fleet.evict(); });
  EXPECT_EQ(fleet.verify(options), 0) << fleet.console.out_text;
}

// A deploy that rolls: one replica is new when everything is purged, the other follows after the run.
TEST(Verification, OfADeployThatStillRollsBlamesReplicasAndNoPurge) {
  MemoryFleet fleet;
  ASSERT_EQ(fleet.arm(), 0);
  fleet.advance(std::chrono::minutes(1));
  ASSERT_TRUE(fleet.lab().deploy(2, 0));
  fleet.advance(std::chrono::minutes(1));
  fleet.purge();
  fleet.verify(fleet.verify_options());
  const auto report = fleet.report();
  EXPECT_FALSE(report.at("origins").as_array().empty());
  EXPECT_GT(cells(report, "fresh"), 0U);
  for (const Flag& flag : flags_of(report)) {
    EXPECT_EQ(flag.cause, "stale-origin-replica") << flag.edge << " " << flag.tenant;
  }
}

// What was rolled back is byte for byte what edges have held all the time: nothing of it is stale.
TEST(Verification, OfARollbackToTheSameBytesBlamesNoEdge) {
  MemoryFleet fleet;
  ASSERT_EQ(fleet.arm(), 0);
  fleet.deploy();
  ASSERT_TRUE(fleet.lab().deploy(1));
  app::VerifyOptions options = fleet.verify_options();
  options.purged_at = base::rfc3339(fleet.now(), 9);
  EXPECT_EQ(fleet.verify(options), 0) << fleet.console.out_text;
  const auto report = fleet.report();
  EXPECT_EQ(cells(report, "fresh"), cells(report, "total"));
  EXPECT_EQ(cells(report, "proven"), 0U) << "nobody saw another version at these edges";
}

// Every fault that the lab knows, planted alone: the verdict is the one that its table promises, at that
// edge and tenant and nowhere else.
class EveryFault : public ::testing::TestWithParam<lab::FaultKind> {};

TEST_P(EveryFault, GetsTheVerdictThatItDeserves) {
  const lab::FaultEntry& fault = lab::entry(GetParam());
  MemoryFleet fleet;
  ASSERT_EQ(fleet.arm(), 0);
  if (fault.state == "leak") {
    ask_for_leak_checks(fleet);
  }
  const auto planted = fleet.lab().plant({fault.kind, "us-east-1", ""});
  ASSERT_TRUE(planted) << planted.error().message;
  fleet.deploy_and_purge();
  fleet.verify(fleet.verify_options());
  const auto report = fleet.report();
  std::set<std::string> verdicts;
  for (const Flag& flag : flags_of(report)) {
    EXPECT_EQ(flag.edge, "us-east-1");
    if (planted->tenant != "*") {
      EXPECT_EQ(flag.tenant, planted->tenant);
    }
    verdicts.insert(flag.state + "/" + flag.cause);
  }
  std::set<std::string> expected;
  if (!fault.cause.empty()) {
    expected.insert(std::string(fault.state) + "/" + std::string(fault.cause));
  }
  EXPECT_EQ(verdicts, expected) << fleet.console.out_text;
}

std::vector<lab::FaultKind> every_kind() {
  std::vector<lab::FaultKind> kinds;
  for (const lab::FaultEntry& fault : lab::fault_table()) {
    kinds.push_back(fault.kind);
  }
  return kinds;
}

std::string name_of(const ::testing::TestParamInfo<lab::FaultKind>& parameter) {
  std::string name(lab::entry(parameter.param).slug);
  std::ranges::replace(name, '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Lab, EveryFault, ::testing::ValuesIn(every_kind()), name_of);

}  // namespace
}  // namespace cachewitness
