#include "verdict/loop_judge.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "support/evidence_builder.h"

namespace cachewitness::verdict {
namespace {

using testing_support::at_second;
using testing_support::EvidenceBuilder;
using testing_support::failing;
using testing_support::Reply;

evidence::Round round_at(std::uint16_t number, double second) {
  evidence::Round round;
  round.number = number;
  round.kind = "url";
  round.cells = 1;
  round.tenants = 1;
  round.purge.is_known = true;
  round.purge.requested_at = at_second(second);
  round.purge.acknowledged_at = at_second(second + 0.1);
  return round;
}

const Reply old_copy{.body = "old", .at = 60, .fields = "Age: 500\r\n"};

// Two edges of which the first kept the old copy.
EvidenceBuilder flagged_world() {
  EvidenceBuilder world;
  world.header.most_rounds = 3;
  world.header.policy.propagation = {};
  world.origins({}).baseline({.body = "old", .at = -60, .fields = "Age: 380\r\n"}, {0});
  world.baseline({.body = "old", .at = -60, .fields = "Age: 380\r\n"}, {1});
  world.probe(old_copy, {0}).probe({}, {1});
  return world;
}

// What came last is of that round.
void in_round(EvidenceBuilder& world, std::uint16_t number) { world.evidence.back().round = number; }

void again(EvidenceBuilder& world, std::uint16_t number, double second, Reply reply) {
  Reply before = old_copy;
  before.at = second - 40;
  world.baseline(before, {0});
  in_round(world, number);
  world.origin({.at = second + 1});
  in_round(world, number);
  reply.at = second + 2;
  world.probe(reply, {0});
  in_round(world, number);
}

Judgement judge(const EvidenceBuilder& world, const std::vector<evidence::Round>& rounds,
                const evidence::RunFooter& footer = {}) {
  LoopJudge judge(world.header, world.roster);
  for (const evidence::Round& round : rounds) {
    judge.begin_round(round);
  }
  for (const auto& evidence : world.evidence) {
    judge.add(evidence);
  }
  return judge.finish(footer);
}

TEST(LoopJudge, IsAJudgeWhereThereIsNoRound) {
  const EvidenceBuilder world = flagged_world();
  const Judgement judgement = judge(world, {});
  ASSERT_EQ(judgement.findings.size(), 1U);
  EXPECT_EQ(judgement.findings[0].cause, Cause::never_purged);
  ASSERT_TRUE(judgement.loop);
  EXPECT_TRUE(judgement.loop->rounds.empty());
}

TEST(LoopJudge, GivesAHealedCellTheLastWordAndTheProof) {
  EvidenceBuilder world = flagged_world();
  again(world, 1, 100, {});
  const Judgement judgement = judge(world, {round_at(1, 100)});
  EXPECT_TRUE(judgement.findings.empty());
  EXPECT_EQ(judgement.cells.total, 2U);
  EXPECT_EQ(judgement.cells.proven, 2U);
  EXPECT_EQ(judgement.edges[0].cells.stale, 0U);
  EXPECT_EQ(judgement.edges[0].probes, 2U);
  EXPECT_TRUE(judgement.gate.passed);
  ASSERT_EQ(judgement.loop->healed.size(), 1U);
  EXPECT_EQ(judgement.loop->healed[0].cause, Cause::never_purged);
  EXPECT_EQ(judgement.loop->healed[0].round, 1);
}

TEST(LoopJudge, JudgesARoundByItsOwnPurge) {
  EvidenceBuilder world = flagged_world();
  // Generated after the first purge and before the round's: of the round, never purged.
  again(world, 1, 600, {.body = "old", .fields = "Age: 550\r\n"});
  const Judgement judgement = judge(world, {round_at(1, 600)});
  ASSERT_EQ(judgement.findings.size(), 1U);
  EXPECT_EQ(judgement.findings[0].cause, Cause::never_purged);
  EXPECT_EQ(judgement.cells.stale, 1U);
  EXPECT_EQ(judgement.affected_tenants.size(), 1U);
  EXPECT_TRUE(judgement.loop->healed.empty());
}

TEST(LoopJudge, CountsACellOfSeveralRoundsOnce) {
  EvidenceBuilder world = flagged_world();
  again(world, 1, 100, {.body = "old", .fields = "Age: 542\r\n"});
  again(world, 2, 200, {});
  const Judgement judgement = judge(world, {round_at(1, 100), round_at(2, 200)});
  EXPECT_EQ(judgement.cells.total, 2U);
  EXPECT_EQ(judgement.cells.fresh, 2U);
  ASSERT_EQ(judgement.loop->healed.size(), 1U);
  EXPECT_EQ(judgement.loop->healed[0].round, 2);
}

TEST(LoopJudge, DoesNotCallACellHealedThatDidNotAnswer) {
  EvidenceBuilder world = flagged_world();
  again(world, 1, 100, failing(base::FailureCause::refused));
  const Judgement judgement = judge(world, {round_at(1, 100)});
  EXPECT_EQ(judgement.cells.error, 1U);
  EXPECT_EQ(judgement.cells.stale, 0U);
  EXPECT_TRUE(judgement.loop->healed.empty());
  EXPECT_FALSE(judgement.gate.passed);
}

TEST(LoopJudge, DoesNotDependOnTheOrderOfEvidence) {
  EvidenceBuilder world = flagged_world();
  again(world, 1, 100, {});
  const Judgement there = judge(world, {round_at(1, 100)});
  std::ranges::reverse(world.evidence);
  const Judgement back = judge(world, {round_at(1, 100)});
  EXPECT_EQ(there.cells.proven, back.cells.proven);
  EXPECT_EQ(there.loop->healed.size(), back.loop->healed.size());
  EXPECT_EQ(there.parity_score, back.parity_score);
}

// The round that came after it saw a fresh cell, and the leak is there all the same.
TEST(LoopJudge, LetsNoRoundTakeALeakAway) {
  testing_support::EvidenceBuilder world;
  world.header.most_rounds = 1;
  world.header.marker = manifest::TenantMarker{"x-tenant", {}, {}};
  world.origins({}).probe({.fields = "X-Tenant: tenant-b\r\n"});
  world.probe({.fields = "X-Tenant: tenant-b\r\n"}, {.tenant = 1});
  LoopJudge judge(world.header, world.roster);
  for (const auto& one : world.evidence) {
    judge.add(one);
  }
  evidence::Round round;
  round.number = 1;
  round.purge = world.header.purge;
  judge.begin_round(round);
  for (auto one : world.evidence) {
    one.id += 100;
    one.round = 1;
    if (auto* response = std::get_if<evidence::Response>(&one.outcome)) {
      response->head = "HTTP/1.1 200 OK\r\nETag: \"new\"\r\n\r\n";
    }
    judge.add(one);
  }
  EXPECT_EQ(judge.judge_of(testing_support::EvidenceBuilder::cell())
                .verdict_of(testing_support::EvidenceBuilder::cell())
                .cause,
            Cause::cross_tenant);
  EXPECT_EQ(judge.finish({}).cells.leak, 1U);
}

TEST(LoopJudge, KnowsWhatAPurgeCannotHelp) {
  EXPECT_TRUE(is_purge_a_remedy(Cause::never_purged));
  EXPECT_TRUE(is_purge_a_remedy(Cause::header_drift));
  for (const Cause cause : {Cause::stale_origin_replica, Cause::not_cached, Cause::clock_skew, Cause::transformed,
                            Cause::timeout, Cause::no_age, Cause::none, Cause::poisoned}) {
    EXPECT_FALSE(is_purge_a_remedy(cause)) << entry(cause).slug;
  }
}

}  // namespace
}  // namespace cachewitness::verdict
