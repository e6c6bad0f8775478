// The closed loop over the lab in virtual time: what is flagged is purged again, verified again, and told.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <csignal>
#include <map>
#include <string>
#include <vector>

#include "app/lab_control_plane.h"
#include "app/memory_fleet.h"
#include "app/purge_command.h"
#include "app/verify_command.h"
#include "lab/fault.h"
#include "purge/journal.h"

namespace cachewitness {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::LabControlPlane;
using testing::MemoryFleet;
using ::testing::Not;
using ::testing::SizeIs;

class RepurgeTest : public ::testing::Test {
 protected:
  void SetUp() override { testing::add_purge(fleet, "varnish"); }

  // Armed, deployed, and purged through the control plane.
  int arm_deploy_and_purge() {
    EXPECT_EQ(fleet.arm(), 0);
    fleet.deploy();
    return run_purge(purge_options());
  }
  static app::PurgeOptions purge_options() { return {}; }
  int run_purge(const app::PurgeOptions& options) { return app::run_purge(fleet.ports(), control.ports(), options); }
  int verify(std::uint16_t rounds) {
    app::VerifyOptions options = fleet.verify_options();
    options.purged_at = "journal";
    options.most_rounds = rounds;
    return app::run_verify(fleet.ports(), options, {}, control.ports());
  }
  // "tenant-abc never-purged", a finding each.
  std::vector<std::string> causes() {
    const boost::json::object whole = fleet.report();
    std::vector<std::string> all;
    for (const boost::json::value& finding : whole.at("findings").as_array()) {
      all.push_back(std::string(finding.at("tenant").as_string()) + " " + std::string(finding.at("cause").as_string()));
    }
    return all;
  }
  boost::json::object loop() { return fleet.report().at("repurge").as_object(); }
  // Purges of these tenants at that edge are lost, so many times each.
  void lose(const std::string& edge, const std::vector<std::string>& tenants, int times) {
    control.loses = [this, edge, tenants, times](const std::string& at, const std::string& url) {
      for (const std::string& tenant : tenants) {
        if (at == edge && url.find("/" + tenant + "/") != std::string::npos &&
            url.find(region_of(edge)) != std::string::npos) {
          return ++lost[tenant] <= times;
        }
      }
      return false;
    };
  }
  static std::string region_of(const std::string& edge) { return edge.substr(0, edge.rfind('-')); }

  MemoryFleet fleet;
  LabControlPlane control{fleet};
  std::map<std::string, int> lost;
};

TEST_F(RepurgeTest, HealsWhatAFailedPurgeLeft) {
  lose("us-west-1", {"tenant-abc", "tenant-pqr", "tenant-xyz"}, 1);
  ASSERT_EQ(arm_deploy_and_purge(), 0);
  const std::size_t before = control.sent.size();
  EXPECT_EQ(verify(2), 0) << fleet.console.out_text << fleet.console.err_text;
  EXPECT_EQ(fleet.report().at("outcome").as_string(), "SUCCESS - 12/12 tenants verified.");
  // Only what was flagged, and only where.
  EXPECT_THAT(std::vector<std::string>(control.sent.begin() + static_cast<std::ptrdiff_t>(before), control.sent.end()),
              ElementsAre("us-west-1 http://cdn-us-west.example.com/tenant-abc/asset.js",
                          "us-west-1 http://cdn-us-west.example.com/tenant-pqr/asset.js",
                          "us-west-1 http://cdn-us-west.example.com/tenant-xyz/asset.js"));
  ASSERT_EQ(loop().at("rounds").as_array().size(), 1U);
  const auto round = loop().at("rounds").as_array()[0].as_object();
  EXPECT_EQ(round.at("healed_cells").to_number<int>(), 6);  // two variants
  EXPECT_EQ(round.at("kind").as_string(), "url");
  EXPECT_THAT(round.at("healed_tenants").as_array(), SizeIs(3));
  EXPECT_EQ(loop().at("healed").as_array()[0].as_object().at("cause").as_string(), "never-purged");
  EXPECT_THAT(loop().at("manual").as_array(), IsEmpty());
  EXPECT_THAT(fleet.console.out_text,
              AllOf(HasSubstr("REPURGE"), HasSubstr("round 1 (by url): 6 cells of 3 tenants purged again, 6 healed")));
}

TEST_F(RepurgeTest, ProvesWhatItHealed) {
  lose("us-west-1", {"tenant-abc"}, 1);
  ASSERT_EQ(arm_deploy_and_purge(), 0);
  ASSERT_EQ(verify(1), 0);
  const auto cells = fleet.report().at("summary").at("cells").as_object();
  EXPECT_EQ(cells.at("proven"), cells.at("total"));
}

TEST_F(RepurgeTest, HealsOneTenantARound) {
  lose("us-west-1", {"tenant-abc"}, 1);
  auto once = control.loses;
  control.loses = [this, once](const std::string& at, const std::string& url) {
    if (at == "us-east-2" && url == "http://cdn-us-east.example.com/tenant-xyz/asset.js") {
      return ++lost["twice"] <= 2;
    }
    return once(at, url);
  };
  ASSERT_EQ(arm_deploy_and_purge(), 0);
  EXPECT_EQ(verify(3), 0);
  const auto rounds = loop().at("rounds").as_array();
  ASSERT_EQ(rounds.size(), 2U);
  EXPECT_EQ(rounds[0].at("healed_tenants").as_array()[0].as_string(), "tenant-abc");
  EXPECT_EQ(rounds[1].at("healed_tenants").as_array()[0].as_string(), "tenant-xyz");
}

TEST_F(RepurgeTest, StopsAfterItsRoundsAndNamesWhoeverIsLeft) {
  lose("us-west-1", {"tenant-abc", "tenant-pqr", "tenant-xyz"}, 100);
  ASSERT_EQ(arm_deploy_and_purge(), 0);
  EXPECT_EQ(verify(2), 1);
  EXPECT_THAT(loop().at("rounds").as_array(), SizeIs(2));
  ASSERT_THAT(loop().at("manual").as_array(), SizeIs(3));
  EXPECT_EQ(
      loop().at("manual").as_array()[0].at("command").as_string(),
      "cachewitness purge -m cachewitness.yaml -e lab --tenants tenant-abc --journal purge-tenant-abc.jsonl --verify");
  EXPECT_THAT(fleet.console.out_text,
              AllOf(HasSubstr("3 tenants require manual invalidation (its 2 rounds are over)"),
                    HasSubstr("PARTIAL_SUCCESS - 9/12 tenants verified. Flagged 3 for retry."),
                    HasSubstr("      cachewitness purge -m cachewitness.yaml -e lab --tenants tenant-xyz ")));
}

TEST_F(RepurgeTest, IsReproducedFromItsEvidenceByteForByte) {
  lose("us-west-1", {"tenant-abc"}, 1);
  auto once = control.loses;
  control.loses = [once](const std::string& at, const std::string& url) {
    return once(at, url) || url == "http://cdn-us-east.example.com/tenant-xyz/asset.js";
  };
  ASSERT_EQ(arm_deploy_and_purge(), 0);
  ASSERT_EQ(verify(2), 1);
  EXPECT_EQ(fleet.judge("evidence.jsonl", "again.json"), 1);
  EXPECT_EQ(fleet.files.contents.at("again.json"), fleet.files.contents.at("report.json"));
}

TEST_F(RepurgeTest, DoesNothingWhereNothingIsFlagged) {
  ASSERT_EQ(arm_deploy_and_purge(), 0);
  const std::size_t before = control.sent.size();
  EXPECT_EQ(verify(2), 0);
  EXPECT_EQ(control.sent.size(), before);
  EXPECT_THAT(loop().at("rounds").as_array(), IsEmpty());
  EXPECT_THAT(fleet.console.out_text, HasSubstr("nothing was flagged that a purge heals"));
}

TEST_F(RepurgeTest, WritesEveryRoundIntoTheJournal) {
  lose("us-west-1", {"tenant-abc"}, 2);
  ASSERT_EQ(arm_deploy_and_purge(), 0);
  ASSERT_EQ(verify(2), 0);
  const auto journals = purge::read_journal(fleet.files.contents.at("purge.jsonl"), "purge.jsonl");
  ASSERT_TRUE(journals);
  ASSERT_EQ(journals->size(), 3U);
  EXPECT_EQ((*journals)[1].header.round, 1);
  EXPECT_EQ((*journals)[2].header.round, 2);
  for (const purge::Journal& journal : *journals) {
    EXPECT_TRUE(journal.is_complete);
    EXPECT_TRUE(journal.header.origin_ready_at.has_value());
  }
  // It still tells of the whole purge.
  EXPECT_EQ(verify(0), 0);
  EXPECT_EQ(fleet.report().at("summary").at("tenants").at("total").to_number<int>(), 12);
}

TEST_F(RepurgeTest, EndsWhereTheProviderTakesNothing) {
  lose("us-west-1", {"tenant-abc"}, 1);
  ASSERT_EQ(arm_deploy_and_purge(), 0);
  control.refuses = [](const std::string&, const std::string&) { return 405; };
  EXPECT_EQ(verify(3), 1);
  ASSERT_THAT(loop().at("rounds").as_array(), SizeIs(1));
  EXPECT_EQ(loop().at("rounds").as_array()[0].at("not_taken").to_number<int>(), 1);
  EXPECT_THAT(std::string(loop().at("why_ended").as_string()), HasSubstr("varnish took nothing of round 1: "));
  EXPECT_THAT(loop().at("manual").as_array(), SizeIs(1));
  EXPECT_THAT(causes(), ElementsAre("tenant-abc purge-failed", "tenant-abc purge-failed"));
  EXPECT_THAT(std::string(fleet.report().at("findings").as_array()[0].at("why").as_string()),
              HasSubstr("(status 405)"));
}

TEST_F(RepurgeTest, TellsWhatARoundsPurgeWasRefusedFor) {
  lose("us-west-1", {"tenant-abc", "tenant-xyz"}, 1);
  ASSERT_EQ(arm_deploy_and_purge(), 0);
  control.refuses = [](const std::string&, const std::string& url) {
    return url.find("/tenant-xyz/") == std::string::npos ? 0 : 405;
  };
  EXPECT_EQ(verify(2), 1);
  EXPECT_THAT(causes(), ElementsAre("tenant-xyz purge-failed", "tenant-xyz purge-failed"));
  EXPECT_THAT(
      std::string(fleet.report().at("findings").as_array()[0].at("why").as_string()),
      HasSubstr("By the journal the purge of url http://cdn-us-west.example.com/tenant-xyz/asset.js at us-west-1 "
                "failed (status 405)"));
  EXPECT_EQ(loop().at("rounds").as_array()[0].at("not_taken").to_number<int>(), 1);
  EXPECT_EQ(fleet.judge("evidence.jsonl", "again.json"), 1);
  EXPECT_EQ(fleet.files.contents.at("again.json"), fleet.files.contents.at("report.json"));
}

TEST_F(RepurgeTest, IsRefusedBeforeAnythingIsProbed) {
  ASSERT_EQ(arm_deploy_and_purge(), 0);
  fleet.edit_manifest("purge: {provider: varnish}", "purge: {provider: varnish, widen: [prefix]}");
  EXPECT_EQ(verify(1), 2);
  EXPECT_THAT(fleet.console.err_text, HasSubstr("has no purge by prefix; it has: url, tag. Nothing was sent"));
  EXPECT_FALSE(fleet.files.contents.contains("evidence.jsonl"));
}

TEST_F(RepurgeTest, AsksTheShieldBeforeTheEdge) {
  fleet.edit_manifest("{provider: varnish}",
                      "{provider: varnish, inner: [{name: shield, address: \"203.0.113.9:6081\"}]}");
  lose("us-west-1", {"tenant-abc"}, 1);
  ASSERT_EQ(arm_deploy_and_purge(), 0);
  const auto is_shield = [](const std::string& sent) { return sent.starts_with("203.0.113.9:6081 "); };
  EXPECT_EQ(std::ranges::count_if(control.sent, is_shield), 24);
  EXPECT_TRUE(std::ranges::is_partitioned(control.sent, is_shield));
  control.sent.clear();
  EXPECT_EQ(verify(1), 0);
  EXPECT_THAT(control.sent, ElementsAre("203.0.113.9:6081 http://cdn-us-west.example.com/tenant-abc/asset.js",
                                        "us-west-1 http://cdn-us-west.example.com/tenant-abc/asset.js"));
}

TEST_F(RepurgeTest, KeepsWhatItHasWhenASignalComesInARound) {
  lose("us-west-1", {"tenant-abc"}, 1);
  ASSERT_EQ(arm_deploy_and_purge(), 0);
  const std::size_t before = control.sent.size();
  control.loses = [this, before](const std::string&, const std::string&) {
    if (control.sent.size() > before) {
      fleet.interrupts.signal = {fleet.network().now(), SIGINT};
    }
    return true;
  };
  EXPECT_EQ(verify(2), 130);
  EXPECT_FALSE(fleet.report().at("complete").as_bool());
  EXPECT_EQ(fleet.judge("evidence.jsonl", "again.json"), 1);
  EXPECT_EQ(fleet.files.contents.at("again.json"), fleet.files.contents.at("report.json"));
}

TEST_F(RepurgeTest, LeavesAloneWhatAPurgeCannotHelp) {
  ASSERT_EQ(arm_deploy_and_purge(), 0);
  ASSERT_TRUE(fleet.lab().plant({lab::FaultKind::status_5xx, "us-east-1", ""}));
  const std::size_t before = control.sent.size();
  EXPECT_NE(verify(2), 0);
  EXPECT_EQ(control.sent.size(), before);
  EXPECT_THAT(loop().at("manual").as_array(), IsEmpty());
}

TEST_F(RepurgeTest, ForgetsAFailureThatARoundMadeGood) {
  control.refuses = [](const std::string& edge, const std::string& url) {
    return edge == "us-west-1" && url == "http://cdn-us-west.example.com/tenant-abc/asset.js" ? 405 : 0;
  };
  ASSERT_EQ(arm_deploy_and_purge(), 1);
  control.refuses = [](auto&, auto&) { return 0; };
  EXPECT_EQ(verify(1), 0);
  EXPECT_EQ(loop().at("healed").as_array()[0].as_object().at("cause").as_string(), "purge-failed");
  EXPECT_THAT(fleet.console.err_text, HasSubstr("1 of the 96 calls in purge.jsonl were not taken whole"));
  fleet.console.err_text.clear();
  EXPECT_EQ(verify(0), 0);
  EXPECT_THAT(fleet.console.err_text, Not(HasSubstr("not taken whole")));
}

class OriginGateTest : public RepurgeTest {};

TEST_F(OriginGateTest, KeepsAPurgeBackWhileAReplicaLags) {
  ASSERT_EQ(fleet.arm(), 0);
  fleet.advance(std::chrono::minutes(1));
  ASSERT_TRUE(fleet.lab().deploy(2, 0));
  EXPECT_EQ(run_purge(purge_options()), 3);
  EXPECT_THAT(control.sent, IsEmpty());
  EXPECT_FALSE(fleet.files.contents.contains("purge.jsonl"));
  EXPECT_THAT(fleet.console.err_text,
              AllOf(HasSubstr("nothing was purged: after 1 m 00 s the origin's replicas do not all serve one version"),
                    HasSubstr("serves another version than the other replicas"),
                    HasSubstr("/tenant-abc/asset.js (status 200, sha256 ")));
}

TEST_F(OriginGateTest, TakesSilenceForNoAgreement) {
  ASSERT_EQ(fleet.arm(), 0);
  for (const auto& replica : fleet.lab().directory().replicas) {
    fleet.network().set_faults(replica.address, {.swallows_connections = true});
  }
  app::PurgeOptions options = purge_options();
  options.origin_gate.deadline = std::chrono::seconds(1);  // before the first question ends by itself
  EXPECT_EQ(run_purge(options), 3);
  EXPECT_THAT(control.sent, IsEmpty());
  EXPECT_THAT(fleet.console.err_text, HasSubstr("not every replica has answered"));
}

TEST_F(OriginGateTest, NamesTheLaggingReplicaByTheBaseline) {
  ASSERT_EQ(fleet.arm(), 0);
  fleet.advance(std::chrono::minutes(1));
  ASSERT_TRUE(fleet.lab().deploy(2, 0));
  app::PurgeOptions options = purge_options();
  options.baseline = "baseline.jsonl";
  EXPECT_EQ(run_purge(options), 3);
  const std::string lagging = fleet.lab().directory().replicas[1].address.text();
  EXPECT_THAT(fleet.console.err_text, HasSubstr("http://" + lagging + " still serves the old version"));
}

TEST_F(OriginGateTest, WaitsUntilTheLastReplicaIsThere) {
  ASSERT_EQ(fleet.arm(), 0);
  fleet.advance(std::chrono::minutes(1));
  ASSERT_TRUE(fleet.lab().deploy(2, 0));
  fleet.act_after(std::chrono::seconds(20), [&] { EXPECT_TRUE(fleet.lab().deploy(2)); });
  const base::Instant start = fleet.now();
  EXPECT_EQ(run_purge(purge_options()), 0);
  EXPECT_GE(fleet.now() - start, std::chrono::seconds(20));
  EXPECT_LT(fleet.now() - start, std::chrono::seconds(23));
  EXPECT_THAT(control.sent, Not(IsEmpty()));
}

TEST_F(OriginGateTest, StandsAsideWhenItIsTold) {
  ASSERT_EQ(fleet.arm(), 0);
  ASSERT_TRUE(fleet.lab().deploy(2, 0));
  app::PurgeOptions options = purge_options();
  options.origin_gate.is_off = true;
  EXPECT_EQ(run_purge(options), 0);
  EXPECT_THAT(control.sent, Not(IsEmpty()));
}

TEST_F(OriginGateTest, IsPartOfTheDryRun) {
  app::PurgeOptions options = purge_options();
  options.is_dry_run = true;
  EXPECT_EQ(run_purge(options), 0);
  EXPECT_THAT(fleet.console.out_text,
              AllOf(HasSubstr("first all 2 replicas of the origin must serve one version of each of 24 objects"),
                    HasSubstr("24 URLs, 0 aliases, 0 in another order of the query; each for all variants at once")));
  EXPECT_THAT(control.sent, IsEmpty());
}

TEST_F(RepurgeTest, TellsBeforehandHowVariantsArePurged) {
  app::PurgeOptions options = purge_options();
  options.is_dry_run = true;
  const auto told = [&](const std::string& from, const std::string& to) {
    fleet.edit_manifest(from, to);
    fleet.console.out_text.clear();
    EXPECT_EQ(run_purge(options), 0) << fleet.console.err_text;
    return fleet.console.out_text;
  };
  EXPECT_THAT(
      told("{provider: varnish}", "{provider: nginx}"),
      AllOf(HasSubstr("each for 2 variants by their accept-encoding\n"), HasSubstr(": 192 items in 192 calls")));
  EXPECT_THAT(told("{provider: nginx}", "{provider: nginx, variants: together}"),
              AllOf(HasSubstr("each for all variants at once\n"), HasSubstr(": 96 items in 96 calls")));
  EXPECT_THAT(told("{provider: nginx, variants: together}", "{provider: squid}"),
              HasSubstr("each for 2 variants by their accept-encoding, one after the other, with a fetch between that "
                        "uncovers the next\n"));
  EXPECT_THAT(told("{provider: squid}", "{provider: squid-htcp}"),
              HasSubstr("of several variants: CLR drops the index"));
  options.urls = {"http://cdn-us-west.example.com/tenant-abc/asset.js"};
  EXPECT_THAT(told("{provider: squid-htcp}", "{provider: nginx}"), HasSubstr(": 8 items in 8 calls"))
      << "a URL that is given goes in both variants, at each of four edges";
  EXPECT_THAT(control.sent, IsEmpty());
}

TEST_F(OriginGateTest, AsksOnlyForWhatIsPurged) {
  app::PurgeOptions options = purge_options();
  options.is_dry_run = true;
  options.urls = {"http://cdn-us-west.example.com/tenant-abc/asset.js"};
  EXPECT_EQ(run_purge(options), 0);
  EXPECT_THAT(fleet.console.out_text, HasSubstr("must serve one version of each of 2 objects"));
  options.urls = {"http://elsewhere.example.com/asset.js"};
  EXPECT_EQ(run_purge(options), 0);
  EXPECT_THAT(fleet.console.out_text, HasSubstr("(the manifest plans nothing of what is purged)"));
}

TEST_F(RepurgeTest, PurgeVerifiesAndHealsInOneGo) {
  lose("us-west-1", {"tenant-abc"}, 1);
  ASSERT_EQ(fleet.arm(), 0);
  fleet.deploy();
  app::PurgeOptions options = purge_options();
  options.is_verifying = true;
  options.baseline = "baseline.jsonl";
  options.outputs.report = "report.json";
  EXPECT_EQ(run_purge(options), 0) << fleet.console.err_text;
  EXPECT_EQ(loop().at("healed").as_array().size(), 2U);
  EXPECT_THAT(fleet.console.err_text, HasSubstr("PURGED - 96 of 96 items taken by varnish"));
  EXPECT_THAT(fleet.console.out_text, HasSubstr("SUCCESS - 12/12 tenants verified."));
}

TEST_F(RepurgeTest, VerifiesNoMoreThanTheJournalNames) {
  ASSERT_EQ(fleet.arm(), 0);
  fleet.deploy();
  app::PurgeOptions options = purge_options();
  options.common.narrowing.tenants = "tenant-abc";
  options.common.narrowing.edges = "us-west-*";
  ASSERT_EQ(run_purge(options), 0);
  EXPECT_EQ(verify(0), 0) << fleet.console.out_text;
  const auto summary = fleet.report().at("summary").as_object();
  EXPECT_EQ(summary.at("tenants").at("total").to_number<int>(), 1);
  EXPECT_EQ(summary.at("edges").to_number<int>(), 2);
  EXPECT_EQ(summary.at("cells").at("total").to_number<int>(), 4);
}

TEST_F(RepurgeTest, TakesTheProvidersPropagation) {
  fleet.edit_manifest("  propagation: 0s  # the lab's purges take effect before they are acknowledged\n", "");
  ASSERT_EQ(arm_deploy_and_purge(), 0);
  ASSERT_EQ(verify(0), 0);
  EXPECT_EQ(fleet.report().at("propagation").at("deadline_s").to_number<double>(), 1.0);
  EXPECT_EQ(fleet.report().at("propagation").at("deadline_from").as_string(), "varnish");
}

}  // namespace
}  // namespace cachewitness
