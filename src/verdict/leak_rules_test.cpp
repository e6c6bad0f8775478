// The leak rules: where each fires, does not, does not apply and cannot tell, and what a run makes of it.
#include <algorithm>
#include <functional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "support/evidence_builder.h"
#include "verdict/books.h"
#include "verdict/cache_buster.h"
#include "verdict/judgement.h"
#include "verdict/rules.h"

namespace cachewitness::verdict {
namespace {

using evidence::BodyMark;
using evidence::LeakProbe;
using manifest::LeakCheck;
using testing_support::EvidenceBuilder;
using testing_support::failing;
using testing_support::Reply;
using Step = LeakProbe::Step;
using World = EvidenceBuilder;

const std::string hit = "X-Cache: HIT\r\n";
const Reply plain{.body = "page", .at = 61};
const Reply stored{.body = "page", .at = 61, .fields = hit};

LeakProbe step_of(LeakCheck check, Step step) { return {check, step, {}, {}, {}}; }
LeakProbe with_header(Step step) { return {LeakCheck::poisoning, step, "x-forwarded-host", "cwx1", {}}; }
Reply naming(std::string tenant) { return {.body = tenant, .at = 63, .fields = "X-Tenant: " + tenant + "\r\n"}; }
Reply holding(BodyMark::Kind kind, std::string text) {
  return {.body = "other page", .at = 65, .fields = hit, .marks = {{kind, std::move(text)}}};
}

// Asked as tenant-a right after tenant-b.
World& asked_in_turn(World& w, const Reply& answer) {
  w.header.marker = manifest::TenantMarker{"x-tenant", {}, manifest::Surroundings{"data-tenant=\"", "\""}};
  w.probe(naming("tenant-b"), {.tenant = 1});
  LeakProbe prime = step_of(LeakCheck::cross_tenant, Step::prime);
  prime.other_tenant = "tenant-b";
  LeakProbe ask = prime;
  ask.step = Step::ask;
  return w.leak(prime, naming("tenant-b")).leak(ask, answer);
}

// The three plain requests, then a header and a request without it.
World& guarded(World& w, const Reply& again = stored, const Reply& other = plain) {
  w.leak(step_of(LeakCheck::poisoning, Step::first), plain);
  return w.leak(step_of(LeakCheck::poisoning, Step::again), again)
      .leak(step_of(LeakCheck::poisoning, Step::other), other);
}
World& tried(World& w, const Reply& primed, const Reply& asked) {
  return guarded(w).leak(with_header(Step::prime), primed).leak(with_header(Step::ask), asked);
}

World& as_account(World& w, const Reply& stranger, const Reply& account, const Reply& asked) {
  return w.leak(step_of(LeakCheck::deception, Step::first), stranger)
      .leak(step_of(LeakCheck::deception, Step::prime), account)
      .leak(step_of(LeakCheck::deception, Step::ask), asked);
}

struct Case {
  const char* name;
  std::string_view rule;
  Outcome outcome;
  std::function<void(World&)> arrange;
};

const Reply refused{.status = 403, .body = "sign in", .at = 61};
const Reply account{.body = "account", .at = 63};
const Reply account_stored{.body = "account", .at = 64, .fields = hit};
const Reply changed{.status = 301, .body = "moved", .at = 64, .fields = "Location: http://elsewhere/\r\n"};
const Reply changed_stored{.status = 301, .body = "moved", .at = 65, .fields = "Location: http://elsewhere/\r\n" + hit};

const std::vector<Case>& cases() {
  static const std::vector<Case> table{
      {"another tenant's answer", "cross-tenant", Outcome::fires,
       [](World& w) { asked_in_turn(w, naming("tenant-b")); }},
      {"another's by its body", "cross-tenant", Outcome::fires,
       [](World& w) { asked_in_turn(w, holding(BodyMark::Kind::tenant, "tenant-b")); }},
      {"its own answer", "cross-tenant", Outcome::passes, [](World& w) { asked_in_turn(w, naming("tenant-a")); }},
      {"no leak check", "cross-tenant", Outcome::does_not_apply, [](World& w) { w.probe(plain); }},
      {"no marker", "cross-tenant", Outcome::cannot_tell, [](World& w) { asked_in_turn(w, plain); }},
      {"no answer", "cross-tenant", Outcome::cannot_tell,
       [](World& w) { asked_in_turn(w, failing(base::FailureCause::timeout)); }},
      {"a name that is no tenant's", "cross-tenant", Outcome::cannot_tell,
       [](World& w) { asked_in_turn(w, naming("default")); }},
      {"a page that lists tenants", "cross-tenant", Outcome::cannot_tell,
       [](World& w) {
         Reply both = naming("tenant-a");
         both.marks = {{BodyMark::Kind::tenant, "tenant-b"}};
         asked_in_turn(w, both);
       }},

      {"the word in the body of a clean answer", "poisoned", Outcome::fires,
       [](World& w) { tried(w, plain, holding(BodyMark::Kind::canary, "cwx1.invalid")); }},
      {"the word in a head", "poisoned", Outcome::fires,
       [](World& w) { tried(w, plain, {.body = "page", .at = 65, .fields = "Link: <https://CWX1.invalid/>\r\n"}); }},
      {"a redirect that a header brought about", "poisoned", Outcome::fires,
       [](World& w) { tried(w, changed, changed_stored); }},
      {"repeated, but not stored", "poisoned", Outcome::passes,
       [](World& w) { tried(w, holding(BodyMark::Kind::canary, "cwx1.invalid"), stored); }},
      {"a redirect that everyone gets anew", "poisoned", Outcome::passes, [](World& w) { tried(w, changed, changed); }},
      {"another request's word", "poisoned", Outcome::passes,
       [](World& w) { tried(w, plain, holding(BodyMark::Kind::canary, "cwx9")); }},
      {"nothing tried here", "poisoned", Outcome::does_not_apply, [](World& w) { w.probe(plain); }},
      {"a cache-buster that is no part of the key", "poisoned", Outcome::cannot_tell,
       [](World& w) { guarded(w, stored, stored); }},
      {"an edge that does not say what it stores", "poisoned", Outcome::cannot_tell,
       [](World& w) { guarded(w, plain, plain); }},
      {"no page at that address", "poisoned", Outcome::cannot_tell,
       [](World& w) { guarded(w, {.status = 404, .at = 62, .fields = hit}); }},
      {"cut short before any header", "poisoned", Outcome::cannot_tell, [](World& w) { guarded(w); }},
      {"no answer to a clean request", "poisoned", Outcome::cannot_tell,
       [](World& w) { tried(w, plain, failing(base::FailureCause::reset)); }},

      {"the account's bytes for a stranger", "deception", Outcome::fires,
       [](World& w) { as_account(w, refused, account, account_stored); }},
      {"the account's text for a stranger", "deception", Outcome::fires,
       [](World& w) { as_account(w, refused, account, holding(BodyMark::Kind::private_text, "")); }},
      {"a stranger is refused", "deception", Outcome::passes,
       [](World& w) { as_account(w, refused, account, refused); }},
      {"a shell that everyone gets", "deception", Outcome::passes,
       [](World& w) { as_account(w, plain, plain, stored); }},
      {"no such page, not even for the account", "deception", Outcome::passes,
       [](World& w) { as_account(w, {.status = 404}, {.status = 404}, {.status = 404}); }},
      {"no account tried", "deception", Outcome::does_not_apply, [](World& w) { w.probe(plain); }},
      {"an account that no longer signs in", "deception", Outcome::cannot_tell,
       [](World& w) { as_account(w, refused, refused, refused); }},
      {"a text that is not private", "deception", Outcome::cannot_tell,
       [](World& w) {
         const Reply open = holding(BodyMark::Kind::private_text, "");
         as_account(w, open, open, open);
       }},
      {"no answer for the stranger", "deception", Outcome::cannot_tell,
       [](World& w) { as_account(w, refused, account, failing(base::FailureCause::timeout)); }},
  };
  return table;
}

void add_all(const World& world, auto& taker) {
  for (const auto& one : world.evidence) {
    taker.add(one);
  }
}

TEST(LeakRules, RuleAsTheEvidenceDeserves) {
  for (const Case& c : cases()) {
    World world;
    c.arrange(world);
    Books books(world.header, world.roster);
    add_all(world, books);
    const Ruling ruling = find_rule(c.rule)->judge(books.leak_view(World::cell()));
    EXPECT_EQ(name(ruling.outcome), name(c.outcome)) << c.name << ": " << ruling.reason();
  }
}

TEST(LeakRules, GiveEveryOutcomeOfEveryRule) {
  for (const std::string_view rule : {"cross-tenant", "poisoned", "deception"}) {
    for (const Outcome outcome : {Outcome::fires, Outcome::passes, Outcome::does_not_apply, Outcome::cannot_tell}) {
      EXPECT_TRUE(std::ranges::any_of(cases(), [&](const Case& c) { return c.rule == rule && c.outcome == outcome; }))
          << rule << " " << name(outcome);
    }
  }
}

TEST(LeakRules, DecideInWhateverOrderEvidenceCame) {
  std::mt19937 random(7);
  for (const Case& c : cases()) {
    World world;
    c.arrange(world);
    Books in_order(world.header, world.roster);
    add_all(world, in_order);
    const Ruling first = find_rule(c.rule)->judge(in_order.leak_view(World::cell()));
    for (int round = 0; round < 5; ++round) {
      std::ranges::shuffle(world.evidence, random);
      Books shuffled(world.header, world.roster);
      add_all(world, shuffled);
      const Ruling again = find_rule(c.rule)->judge(shuffled.leak_view(World::cell()));
      EXPECT_EQ(name(again.outcome), name(first.outcome)) << c.name;
      EXPECT_EQ(again.reason(), first.reason()) << c.name;
    }
  }
}

// A name of a file is no cell of the plan: it counts where it leaks, and hides no cell that was left out.
TEST(LeakRules, CountALeakOfNoPlannedCell) {
  World world;
  world.header.planned_cells = 1;
  as_account(world, refused, account, account_stored);
  Judge judge(world.header, world.roster);
  add_all(world, judge);
  const Judgement judgement = judge.finish({.finished_at = {}, .is_complete = true, .checks = {}});
  EXPECT_EQ(judgement.cells.total, 1U);
  EXPECT_EQ(judgement.cells.leak, 1U);
  ASSERT_EQ(judgement.findings.size(), 1U);
  EXPECT_EQ(judgement.findings[0].rule, "deception");
  EXPECT_EQ(judgement.findings[0].evidence.size(), 3U);
  EXPECT_EQ(judgement.gate.reasons.size(), 4U) << "too many, a leak, parity, and a planned cell without evidence";
  EXPECT_EQ(judgement.affected_tenants, std::vector<std::string>{"tenant-a"});
}

TEST(LeakRules, FailTheGateHoweverManyCellsItAllows) {
  World world;
  world.header.gate.max_stale_cells = 1000;
  world.header.gate.min_parity = 0;
  world.origins({.body = "page"}).probe(plain);
  tried(world, plain, holding(BodyMark::Kind::canary, "cwx1.invalid"));
  Judge judge(world.header, world.roster);
  add_all(world, judge);
  const Judgement judgement = judge.finish({});
  EXPECT_EQ(judgement.gate.exit_code, base::ExitCode::failed);
  EXPECT_EQ(judgement.cells.total, 1U) << "the cell is the plan's own";
  ASSERT_EQ(judgement.findings.size(), 1U);
  EXPECT_EQ(judgement.findings[0].header, "x-forwarded-host");

  world.header.policy.allow = {{"poisoned", std::nullopt}};
  Judge tolerant(world.header, world.roster);
  add_all(world, tolerant);
  EXPECT_EQ(tolerant.finish({.is_complete = true, .checks = {}}).cells.waived, 1U);
}

// A run that was judged before its leak checks came: what was fresh then is looked at again.
TEST(LeakRules, AreAskedOfCellsThatWereFreshBefore) {
  World world;
  world.origins({.body = "page"}).probe(plain);
  Judge judge(world.header, world.roster);
  add_all(world, judge);
  EXPECT_TRUE(judge.suspects().empty());
  EXPECT_EQ(judge.finish({}).cells.fresh, 1U);
  World leaking;
  tried(leaking, plain, holding(BodyMark::Kind::canary, "cwx1.invalid"));
  for (auto one : leaking.evidence) {
    one.id += 100;
    judge.add(one);
  }
  EXPECT_EQ(judge.finish({}).cells.leak, 1U);
  EXPECT_EQ(judge.verdict_of(World::cell()).cause, Cause::poisoned);
}

TEST(LeakRules, SumUpWhatTheChecksCameTo) {
  World world;
  guarded(world, plain, plain);
  as_account(world, refused, account, refused);
  Judge judge(world.header, world.roster);
  add_all(world, judge);
  const auto checks = judge.finish({}).leak_checks;
  ASSERT_EQ(checks.size(), 2U);
  EXPECT_EQ(checks[0].check, LeakCheck::poisoning);
  EXPECT_EQ(checks[0].unsure, 1U);
  EXPECT_EQ(checks[0].why_unsure, describe(CacheBuster::not_stored));
  EXPECT_EQ(checks[1].clear, 1U);
}

TEST(LeakRules, ReadOrdinaryAnswersToo) {
  World world;
  world.header.marker = manifest::TenantMarker{"x-tenant", {"t=", ";"}, {}};
  world.origins({.body = "page"}).probe({.body = "page", .fields = "X-Tenant: t=tenant-b;\r\n"});
  world.probe({.body = "page", .fields = "X-Tenant: t=tenant-b;\r\n"}, {.tenant = 1});
  Judge judge(world.header, world.roster);
  add_all(world, judge);
  EXPECT_EQ(judge.verdict_of(World::cell()).cause, Cause::cross_tenant);
  EXPECT_NE(judge.verdict_of(World::cell({.tenant = 1})).state, State::leak) << "its own answer";
}

}  // namespace
}  // namespace cachewitness::verdict
