// Evidence that invites a wrong verdict: above all a fresh that nobody has shown, a stale that blames an edge
// for somebody else's fault, and a cause that sends people the wrong way.
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/evidence_builder.h"
#include "verdict/judgement.h"

namespace cachewitness::verdict {
namespace {

using base::FailureCause;
using testing::HasSubstr;
using testing_support::digest_of;
using testing_support::EvidenceBuilder;
using testing_support::failing;
using testing_support::Place;
using testing_support::Reply;

using World = EvidenceBuilder;

constexpr Place gzip{.variant = 1};
constexpr Place other_edge{.edge = 1};
const Reply now_new{.body = "new"};
const Reply now_old{.body = "old"};

World& deployed(World& w) { return w.origins(now_new).baseline(now_old); }
Reply unhashed(const std::string& etag, const std::string& fields = "") {
  return {.fields = fields, .etag = etag, .is_hashed = false};
}
Reply redirect(const std::string& target) {
  return {.status = 301, .body = "", .fields = "Location: " + target + "\r\n", .etag = ""};
}

struct Case {
  const char* name;
  std::function<void(World&)> arrange;
  std::string_view expected;  // state/cause/grade, of the first edge's first tenant's first variant
};

std::string told(const Verdict& v) {
  return std::string(name(v.state)) + '/' + std::string(entry(v.cause).slug) + '/' + std::string(name(v.grade));
}

void expect_all(const std::vector<Case>& cases) {
  for (const Case& c : cases) {
    World world;
    c.arrange(world);
    Judge judge(world.header, world.roster);
    for (const auto& one : world.evidence) {
      judge.add(one);
    }
    const Verdict verdict = judge.verdict_of(World::cell());
    EXPECT_EQ(told(verdict), c.expected) << c.name << ": " << verdict.rule << ": " << verdict.why;
  }
}

TEST(Exactness, TakesNoRefusalOfTheOriginForTheTruth) {
  const auto refused_by_both = [](int status) {
    return [status](World& w) {
      w.origins({.status = status, .body = "denied"}).probe({.status = status, .body = "denied"});
    };
  };
  expect_all({
      {"403 to the prober at origin and edge", refused_by_both(403), "inconclusive/origin-unreachable/none"},
      {"401", refused_by_both(401), "inconclusive/origin-unreachable/none"},
      {"429", refused_by_both(429), "error/rate-limited/none"},
      {"an origin behind a firewall does not make its edges stale",
       [](World& w) { w.origins({.status = 403, .body = "denied"}).probe({}); },
       "inconclusive/origin-unreachable/none"},
      {"one replica refuses, the other answers",
       [](World& w) { w.origin({.status = 403, .body = "denied"}).origin({}, 1).probe({}); }, "fresh/none/consistent"},
      {"304 to a plain GET", [](World& w) { w.origins({.status = 304, .body = ""}).probe({}); },
       "inconclusive/origin-unreachable/none"},
      {"206 to a plain GET",
       [](World& w) { w.origins({.status = 206, .body = "n"}).probe({.status = 206, .body = "n"}); },
       "inconclusive/origin-unreachable/none"},
      {"a 404 is one", [](World& w) { w.origins({.status = 404, .body = "x"}).probe({.status = 404, .body = "x"}); },
       "fresh/none/consistent"},
  });
}

TEST(Exactness, ReadsAnExpectationAsAWholeSuccess) {
  const auto expect_etag = [](World& w) { w.header.expect.push_back({"*", "/asset.js", "*", std::nullopt, "\"v2\""}); };
  const auto expect_digest = [](World& w) { w.header.expect.push_back({"*", "/asset.js", "*", digest_of("new"), ""}); };
  expect_all({
      {"206 with the expected ETag",
       [&](World& w) {
         expect_etag(w);
         w.probe({.status = 206, .body = "n", .etag = "\"v2\"", .is_hashed = false});
       },
       "inconclusive/no-age/none"},
      {"other bytes under the expected ETag, as the origin's show",
       [&](World& w) {
         expect_etag(w);
         w.origins({.body = "new", .etag = "\"v2\""}).probe({.body = "broken", .etag = "\"v2\""});
       },
       "mismatch/etag-reuse/none"},
      {"the expected ETag, and the origin's bytes",
       [&](World& w) {
         expect_etag(w);
         w.origins({.etag = "\"v2\""}).probe({.etag = "\"v2\""});
       },
       "fresh/none/consistent"},
      {"an expected digest and nothing to hold against it",
       [&](World& w) {
         expect_digest(w);
         w.origins(unhashed("\"new\"")).probe(unhashed("\"new\""));
       },
       "inconclusive/no-validator/none"},
      {"digest and ETag contradict each other: the bytes win",
       [](World& w) {
         w.header.expect.push_back({"*", "/asset.js", "*", digest_of("new"), "\"v2\""});
         w.probe({.etag = "\"v1\""});
       },
       "fresh/none/consistent"},
      {"an error page with the expected bytes",
       [&](World& w) {
         expect_digest(w);
         w.origins({.status = 404}).probe({.status = 404});
       },
       "inconclusive/no-age/none"},
      {"the old version where the origin lags behind the expectation",
       [&](World& w) {
         expect_digest(w);
         w.origins(now_old).baseline(now_old).probe({.body = "old", .fields = "Age: 100\r\n"});
       },
       "stale/never-purged/none"},
  });
}

TEST(Exactness, DoesNotTakeAnotherVariantsTagForItsOwn) {
  expect_all({
      {"the phone's page for a desktop, by ETag alone",
       [](World& w) {
         w.origins(unhashed("\"desktop\"")).origins(unhashed("\"phone\""), gzip).probe(unhashed("\"phone\""));
       },
       "inconclusive/no-age/none"},
      {"the gzip variant's tag, which Varnish gives to all",
       [](World& w) {
         w.origins(unhashed("\"plain\"")).origins(unhashed("\"packed\"", "Content-Encoding: gzip\r\n"), gzip);
         w.probe(unhashed("W/\"packed\""));
       },
       "fresh/none/consistent"},
      {"the old tag of a variant whose replicas disagree",
       [](World& w) {
         const std::string coded = "Content-Encoding: gzip\r\n";
         w.origins(unhashed("\"v2\""));
         w.origin(unhashed("\"v1\"", coded), 0, gzip).origin(unhashed("\"v2\"", coded), 1, gzip);
         w.probe(unhashed("\"v1\"", "Age: 100\r\n"));
       },
       "stale/never-purged/none"},
      {"no tag of its own: Last-Modified decides, not the sibling's tag",
       [](World& w) {
         const std::string date = "Last-Modified: Sun, 22 Nov 2026 00:00:00 GMT\r\n";
         w.origins(unhashed("", date)).origins(unhashed("\"packed\"", date + "Content-Encoding: gzip\r\n"), gzip);
         w.probe(unhashed("\"made-at-the-edge\"", date));
       },
       "fresh/none/consistent"},
  });
}

TEST(Exactness, ToleratesAWeakTagAtALowerConfidence) {
  World w;
  w.origins(unhashed("W/\"v2\"")).probe(unhashed("W/\"v2\""));
  w.origins(unhashed("\"v2\""), {.tenant = 1}).probe(unhashed("W/\"v2\""), {.tenant = 1});
  Judge judge(w.header, w.roster);
  for (const auto& one : w.evidence) {
    judge.add(one);
  }
  const Verdict weak = judge.verdict_of(World::cell());
  EXPECT_EQ(told(weak), "fresh/none/consistent");
  EXPECT_DOUBLE_EQ(weak.confidence, 0.85);
  EXPECT_THAT(weak.why, HasSubstr("the weak ETag"));
  // The edge weakened it; the origin's own word was strong.
  EXPECT_DOUBLE_EQ(judge.verdict_of(World::cell({.tenant = 1})).confidence, 0.95);
}

TEST(Exactness, SeesThroughEmptyBodiesAndRedirects) {
  Reply emptied = unhashed("\"new\"");
  Reply full = emptied;
  expect_all({
      {"a redirect elsewhere with the same empty body, from a cache that says nothing",
       [](World& w) { w.origins(redirect("/v2")).probe(redirect("/v1")); }, "inconclusive/no-age/none"},
      {"the same, as before the deploy",
       [](World& w) { w.origins(redirect("/v2")).baseline(redirect("/v1")).probe(redirect("/v1")); },
       "stale/redirect-cached/none"},
      {"the same redirect",
       [](World& w) { w.origins(redirect("/v2")).baseline(redirect("/v1")).probe(redirect("/v2")); },
       "fresh/none/proven"},
      {"replicas that redirect to different places",
       [](World& w) { w.origin(redirect("/v1")).origin(redirect("/v2"), 1).probe(redirect("/v1")); },
       "inconclusive/origin-moved/none"},
      {"nothing under the origin's ETag, bodies not hashed",
       [&](World& w) {
         w.origins(full);
         for (auto& one : w.evidence) {
           std::get<evidence::Response>(one.outcome).body.wire_bytes = 900;
         }
         w.probe(emptied);
       },
       "mismatch/transformed/none"},
      {"the same, where HTTP/2 streams are reset once their head is there",
       [&](World& w) {
         w.header.policy.body = manifest::BodyPolicy::head;
         w.origins(full);
         for (auto& one : w.evidence) {
           std::get<evidence::Response>(one.outcome).body.wire_bytes = 900;
         }
         w.probe(emptied);
       },
       "fresh/none/consistent"},
      {"nothing under the origin's ETag, bodies hashed",
       [](World& w) {
         w.origins({});
         for (auto& one : w.evidence) {
           std::get<evidence::Response>(one.outcome).body.wire_bytes = 900;
         }
         w.probe({.body = "", .etag = "\"new\""});
       },
       "mismatch/transformed/none"},
      {"304 to a plain GET", [](World& w) { deployed(w).probe({.status = 304, .body = "", .etag = "\"new\""}); },
       "mismatch/header-drift/none"},
      {"206 to a plain GET", [](World& w) { deployed(w).probe({.status = 206, .body = "n", .etag = "\"new\""}); },
       "mismatch/header-drift/none"},
  });
}

TEST(Exactness, FindsWhichReplicaLagsFromAnyEdgesMemory) {
  const auto torn = [](World& w) -> World& { return w.origin(now_new, 0).origin(now_old, 1); };
  expect_all({
      {"the baseline of another edge tells", [&](World& w) { torn(w).baseline(now_old, other_edge).probe({}); },
       "fresh/none/consistent"},
      {"and blames the replica for an old cell",
       [&](World& w) { torn(w).baseline(now_old, other_edge).probe({.body = "old", .fields = "Age: 10\r\n"}); },
       "stale/stale-origin-replica/none"},
      {"armed while the deploy was under way: edges contradict each other",
       [&](World& w) { torn(w).baseline(now_new).baseline(now_old, other_edge).probe(now_old); },
       "inconclusive/origin-moved/none"},
      {"an answer without validators does not make the others alike",
       [](World& w) {
         w.roster.replicas.push_back({"production", "http://o3.example"});
         w.origin(unhashed(""), 0).origin(now_new, 1).origin(now_old, 2).probe(now_old);
       },
       "inconclusive/origin-moved/none"},
      {"one replica down", [](World& w) { w.origin({}, 0).origin(failing(FailureCause::refused), 1).probe({}); },
       "fresh/none/consistent"},
      {"one replica down, old content",
       [](World& w) {
         w.baseline(now_old).origin({}, 0).origin({.status = 503}, 1).probe({.body = "old", .fields = "Age: 99\r\n"});
       },
       "stale/never-purged/none"},
  });
}

TEST(Exactness, ProvesOnlyWhatWasHeldBefore) {
  expect_all({
      {"old before, new now", [](World& w) { deployed(w).probe({}); }, "fresh/none/proven"},
      {"the deploy changed nothing", [](World& w) { w.origins({}).baseline({}).probe({}); }, "fresh/none/consistent"},
      {"the deploy changed nothing, and the object is from before the purge",
       [](World& w) { w.origins({}).baseline({}).probe({.fields = "Age: 500\r\nX-Cache: HIT\r\n"}); },
       "fresh/none/consistent"},
      {"a filter's page before", [](World& w) { w.origins({}).baseline({.status = 403, .body = "denied"}).probe({}); },
       "fresh/none/consistent"},
      {"an error page of unknown origin before",
       [](World& w) { w.origins({}).baseline({.status = 404, .body = "none"}).probe({}); }, "fresh/none/consistent"},
      {"a stored 404 before",
       [](World& w) {
         w.origins({}).baseline({.status = 404, .body = "none", .fields = "X-Cache: HIT\r\n"}).probe({});
       },
       "fresh/none/proven"},
      {"passed through before, so never held",
       [](World& w) {
         const Reply passed{.body = "old", .fields = "CF-Cache-Status: DYNAMIC\r\n"};
         w.origins({}).baseline(passed).probe({});
       },
       "fresh/none/consistent"},
      {"looked at after the purge",
       [](World& w) {
         deployed(w).probe({});
         w.header.purge.requested_at = testing_support::at_second(-200);
       },
       "fresh/none/consistent"},
      {"armed without bodies: the ETag still knows the old version",
       [](World& w) {
         w.origins({}).baseline({.body = "old", .is_hashed = false}).probe({.body = "old", .fields = "Age: 99\r\n"});
       },
       "stale/never-purged/none"},
      {"a tag that the truth bears too does not make the baseline old",
       [](World& w) {
         w.origins({.etag = "\"same\""}).baseline({.etag = "\"same\"", .is_hashed = false});
         w.probe({.body = "third", .etag = "\"same\""});
       },
       "mismatch/etag-reuse/none"},
  });
}

TEST(Exactness, KeepsRefusalsApartFromOldVersions) {
  const Reply denied{.status = 403, .body = "denied", .at = 61};
  const std::string vary = "Vary: Accept-Encoding\r\n";
  expect_all({
      {"new, then a filter's page", [&](World& w) { deployed(w).probe({}).probe(denied); },
       "mismatch/header-drift/none"},
      {"a filter's page, then new",
       [](World& w) { deployed(w).probe({.status = 403, .body = "denied"}).probe({.at = 61}); },
       "mismatch/header-drift/none"},
      {"a filter's page for one variant of two",
       [&](World& w) {
         deployed(w).origins(now_new, gzip).probe({.body = "new", .fields = vary}, gzip);
         w.probe({.status = 403, .body = "denied", .fields = vary});
       },
       "mismatch/header-drift/none"},
      {"429 out of the store",
       [](World& w) { deployed(w).probe({.status = 429, .body = "slow", .fields = "Age: 70\r\n"}); },
       "stale/negative-cached/none"},
      {"429 with Age 0 is the edge's own",
       [](World& w) { deployed(w).probe({.status = 429, .body = "slow", .fields = "Age: 0\r\n"}); },
       "error/rate-limited/none"},
      {"only failures, then one good answer",
       [](World& w) {
         deployed(w).probe(failing(FailureCause::reset)).probe(failing(FailureCause::timeout)).probe({.at = 62});
       },
       "fresh/none/proven"},
      {"only cancelled", [](World& w) { deployed(w).probe(failing(FailureCause::cancelled)); },
       "inconclusive/too-few-samples/none"},
      {"Vary: * on both sides", [](World& w) { w.origins({.fields = "Vary: *\r\n"}).probe({.fields = "Vary: *\r\n"}); },
       "fresh/none/consistent"},
  });
}

TEST(Exactness, GivesThePurgeItsTimeAndNoMore) {
  const auto old_at = [](double at) { return Reply{.body = "old", .at = at}; };
  const auto new_at = [](double at) { return Reply{.body = "new", .at = at}; };
  expect_all({
      {"old within the deadline, new after it", [&](World& w) { deployed(w).probe(old_at(20)).probe(new_at(40)); },
       "fresh/none/proven"},
      {"old within the deadline, new within it: that may have been another server",
       [&](World& w) { deployed(w).probe(old_at(5)).probe(new_at(9)); }, "inconclusive/within-propagation/none"},
      {"and new after it as well", [&](World& w) { deployed(w).probe(old_at(5)).probe(new_at(9)).probe(new_at(31)); },
       "fresh/none/proven"},
      {"old after the deadline too", [&](World& w) { deployed(w).probe(old_at(5)).probe(new_at(9)).probe(old_at(31)); },
       "stale/regression/none"},
      {"old after the deadline, then new", [&](World& w) { deployed(w).probe(old_at(32)).probe(new_at(40)); },
       "stale/stale-while-revalidate/none"},
      {"new, then old within the deadline", [&](World& w) { deployed(w).probe(new_at(5)).probe(old_at(9)); },
       "inconclusive/within-propagation/none"},
      {"old within the deadline, then failing",
       [&](World& w) { deployed(w).probe(old_at(20)).probe({.status = 503, .body = "sorry", .at = 40}); },
       "inconclusive/within-propagation/none"},
      {"one server of several is new",
       [&](World& w) {
         w.roster.edges[0].servers = 4;
         deployed(w).probe(old_at(20)).probe(new_at(25));
       },
       "inconclusive/within-propagation/none"},
      {"several servers, each met again after the deadline",
       [&](World& w) {
         w.roster.edges[0].servers = 2;
         deployed(w).probe(old_at(20)).probe(new_at(25));
         for (int i = 0; i < 5; ++i) {
           w.probe(new_at(40 + i));
         }
       },
       "fresh/none/proven"},
      {"several servers, too few of them met again",
       [&](World& w) {
         w.roster.edges[0].servers = 2;
         deployed(w).probe(old_at(20)).probe(new_at(40)).probe(new_at(41));
       },
       "inconclusive/within-propagation/none"},
      {"a purge in the future",
       [](World& w) {
         deployed(w).probe(now_old);
         w.header.purge.requested_at = w.header.purge.acknowledged_at = testing_support::at_second(3600);
       },
       "inconclusive/within-propagation/none"},
      {"the purge time unknown, old then new",
       [&](World& w) {
         deployed(w).probe(old_at(20)).probe(new_at(40));
         w.header.purge.is_known = false;
       },
       "stale/stale-while-revalidate/none"},
      {"Age 0 on old content: refilled", [](World& w) { deployed(w).probe({.body = "old", .fields = "Age: 0\r\n"}); },
       "stale/purged-before-origin-ready/none"},
      {"F19: an Age longer than the time since the purge, on new content",
       [](World& w) { deployed(w).probe({.fields = "Age: 99788\r\nCF-Cache-Status: HIT\r\n"}); }, "fresh/none/proven"},
  });
}

TEST(Exactness, AsksForEnoughConnectionsWhereServersShareAnAddress) {
  const auto node = [](const std::string& name) { return "X-Served-By: cache-fra-" + name + "-FRA\r\n"; };
  const auto probe_times = [](World& w, int times) {
    w.roster.edges[0].servers = 2;
    deployed(w);
    for (int i = 0; i < times; ++i) {
      w.probe({.at = 60.0 + i});
    }
  };
  // 1 of 2 stale at 95 %: 5 connections (plan/sampling.h).
  expect_all({
      {"five connections", [&](World& w) { probe_times(w, 5); }, "fresh/none/proven"},
      {"four connections", [&](World& w) { probe_times(w, 4); }, "inconclusive/too-few-samples/none"},
      {"five requests over one connection",
       [&](World& w) {
         probe_times(w, 5);
         for (auto& one : w.evidence) {
           one.path.connection = 7;
         }
       },
       "inconclusive/too-few-samples/none"},
      {"four, and one that failed",
       [&](World& w) {
         probe_times(w, 4);
         w.probe(failing(FailureCause::reset));
       },
       "inconclusive/too-few-samples/none"},
      {"five connections, and another such edge: it takes six at each (1 - sqrt(0.95) < 1/32)",
       [&](World& w) {
         probe_times(w, 5);
         w.roster.edges[1].servers = 2;
       },
       "inconclusive/too-few-samples/none"},
      {"six connections, and another such edge",
       [&](World& w) {
         probe_times(w, 6);
         w.roster.edges[1].servers = 2;
       },
       "fresh/none/proven"},
      {"two connections to servers that name themselves",
       [&](World& w) {
         probe_times(w, 0);
         w.probe({.at = 60, .fields = node("a")}).probe({.at = 61, .fields = node("b")});
       },
       "fresh/none/proven"},
      {"four connections to one server that names itself",
       [&](World& w) {
         probe_times(w, 0);
         for (int i = 0; i < 4; ++i) {
           w.probe({.at = 60.0 + i, .fields = node("a")});
         }
       },
       "inconclusive/too-few-samples/none"},
      {"two connections, and more names than servers",
       [&](World& w) {
         probe_times(w, 0);
         w.probe({.at = 60, .fields = node("a")}).probe({.at = 61, .fields = node("b")});
         w.probe({.at = 60, .fields = node("c")}, {.tenant = 1});
       },
       "inconclusive/too-few-samples/none"},
      {"both names on one connection",
       [&](World& w) {
         probe_times(w, 0);
         w.probe({.at = 60, .fields = node("a")}).probe({.at = 61, .fields = node("b")});
         for (auto& one : w.evidence) {
           one.path.connection = 7;
         }
       },
       "inconclusive/too-few-samples/none"},
      {"more servers than may be asked for",
       [&](World& w) {
         probe_times(w, 1000);
         w.roster.edges[0].servers = 1000;
       },
       "inconclusive/too-few-samples/none"},
      {"one stale answer needs no further ones",
       [&](World& w) {
         probe_times(w, 4);
         w.probe({.body = "old", .at = 59, .fields = "Age: 100\r\n"});
       },
       "stale/never-purged/none"},
  });
}

TEST(Exactness, DoesNotPassARunWhoseEvidenceIsMissing) {
  World w;
  w.origins({}).probe({});
  w.header.planned_cells = 2;
  Judge judge(w.header, w.roster);
  for (const auto& one : w.evidence) {
    judge.add(one);
  }
  const GateResult gate = judge.finish({}).gate;
  EXPECT_EQ(gate.exit_code, base::ExitCode::inconclusive);
  ASSERT_EQ(gate.reasons.size(), 1U);
  EXPECT_THAT(gate.reasons[0], HasSubstr("1 of 2 planned cells have no evidence"));
}

}  // namespace
}  // namespace cachewitness::verdict
