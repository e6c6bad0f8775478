// Leak checks over the lab in virtual time: what is asked, in which order, and what comes of it.
#include "app/leaks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/json.hpp>

#include <cstdint>
#include <string>

#include "app/memory_fleet.h"
#include "lab/fault.h"

namespace cachewitness {
namespace {

using ::testing::HasSubstr;
using testing::MemoryFleet;
using ::testing::Not;

// Of one check: what the report says under the key.
std::uint64_t count(const boost::json::object& report, std::string_view check, std::string_view key) {
  for (const auto& one : report.at("leak_checks").as_array()) {
    if (one.at("check").as_string() == check) {
      return one.at(key).to_number<std::uint64_t>();
    }
  }
  return 0;
}

TEST(Leaks, FindNothingWhereNothingLeaks) {
  MemoryFleet fleet;
  ask_for_leak_checks(fleet);
  fleet.deploy_and_purge();
  EXPECT_EQ(fleet.verify(fleet.verify_options()), 0) << fleet.console.out_text;
  const auto report = fleet.report();
  // 4 edges and 2 tenants of 12 that have opted in.
  for (const std::string_view check : {"cross_tenant", "poisoning", "deception"}) {
    EXPECT_EQ(count(report, check, "clear"), 8U) << check;
    EXPECT_EQ(count(report, check, "unsure"), 0U) << check;
  }
  EXPECT_THAT(fleet.console.out_text, HasSubstr("no leak found"));
}

TEST(Leaks, AreJudgedAgainFromTheEvidenceByteForByte) {
  MemoryFleet fleet;
  ask_for_leak_checks(fleet);
  for (const auto kind : {lab::FaultKind::shared_key, lab::FaultKind::header_stored, lab::FaultKind::account_stored}) {
    ASSERT_TRUE(fleet.lab().plant({kind, "us-east-1", ""}));
  }
  fleet.deploy_and_purge();
  EXPECT_EQ(fleet.verify(fleet.verify_options()), 1);
  EXPECT_THAT(fleet.console.out_text, HasSubstr("FAILURE"));
  EXPECT_EQ(fleet.judge("evidence.jsonl", "again.json"), 1);
  EXPECT_EQ(fleet.files.contents.at("again.json"), fleet.files.contents.at("report.json"));
}

TEST(Leaks, AreOffUnlessTheManifestAsksForThem) {
  MemoryFleet fleet;
  ASSERT_TRUE(fleet.lab().plant({lab::FaultKind::header_stored, "us-east-1", ""}));
  fleet.deploy_and_purge();
  EXPECT_EQ(fleet.verify(fleet.verify_options()), 0);
  EXPECT_THAT(fleet.files.contents.at("evidence.jsonl"), Not(HasSubstr("\"type\":\"leak\"")));
  EXPECT_FALSE(fleet.report().contains("leak_checks"));
}

TEST(Leaks, AskOnlyForTenantsThatHaveOptedIn) {
  MemoryFleet fleet;
  ask_for_leak_checks(fleet);
  fleet.files.contents.at("tenants.csv") = lab_tenants_without_tags(fleet);
  fleet.deploy_and_purge();
  EXPECT_EQ(fleet.verify(fleet.verify_options()), 0);
  EXPECT_THAT(fleet.console.err_text, HasSubstr("no tenant of this run has the tag \"leak-checks\""));
  EXPECT_THAT(fleet.files.contents.at("evidence.jsonl"), Not(HasSubstr("\"type\":\"leak\"")));
}

// An edge that does not say what it serves from its store cannot show that a cache-buster works.
TEST(Leaks, SendNothingHarmfulWhereNothingShowsThatItStaysApart) {
  MemoryFleet fleet;
  ask_for_leak_checks(fleet);
  ASSERT_TRUE(fleet.lab().plant({lab::FaultKind::status_5xx, "us-east-1", ""}));
  fleet.deploy_and_purge();
  fleet.verify(fleet.verify_options());
  EXPECT_EQ(count(fleet.report(), "poisoning", "unsure"), 2U);
  std::size_t at = 0;
  const std::string& evidence = fleet.files.contents.at("evidence.jsonl");
  while ((at = evidence.find("\"step\":\"prime\",\"header\"", at)) != std::string::npos) {
    const std::size_t start = evidence.rfind('\n', at);
    EXPECT_FALSE(evidence.substr(start, at - start).contains("\"edge\":\"us-east-1\""));
    ++at;
  }
}

// Two requests a second to each edge: 2 tenants with 2 + 3 + 3 + 6 x 2 requests take 20 s at least.
TEST(Leaks, KeepToTheirOwnPace) {
  MemoryFleet fleet;
  ask_for_leak_checks(fleet);
  fleet.edit_manifest("  per_edge_rps: 100  # of leak checks\n", "");
  fleet.edit_manifest("timeout: 2s", "timeout: 2s\n  total: 300s");
  fleet.deploy_and_purge();
  const base::Tick started = fleet.network().now();
  EXPECT_EQ(fleet.verify(fleet.verify_options()), 0);
  EXPECT_GE(fleet.network().now() - started, std::chrono::seconds(15));
}

TEST(Leaks, AreCutShortByTheDeadlineAndTheRunIsCompleteAllTheSame) {
  MemoryFleet fleet;
  ask_for_leak_checks(fleet);
  fleet.edit_manifest("  per_edge_rps: 100  # of leak checks\n", "");
  fleet.edit_manifest("timeout: 2s", "timeout: 2s\n  total: 5s");
  fleet.deploy_and_purge();
  EXPECT_EQ(fleet.verify(fleet.verify_options()), 0);
  EXPECT_TRUE(fleet.report().at("complete").as_bool());
  EXPECT_THAT(fleet.console.err_text, HasSubstr("the run's deadline ended the leak checks"));
  EXPECT_GT(count(fleet.report(), "poisoning", "unsure"), 0U);
}

TEST(Leaks, KeepTheAccountsCookieToThemselves) {
  MemoryFleet fleet;
  ask_for_leak_checks(fleet);
  ASSERT_TRUE(fleet.lab().plant({lab::FaultKind::account_stored, "us-east-1", ""}));
  fleet.deploy_and_purge();
  EXPECT_EQ(fleet.verify(fleet.verify_options()), 1);
  for (const char* file : {"evidence.jsonl", "report.json", "log.json"}) {
    EXPECT_THAT(fleet.files.contents.at(file), Not(HasSubstr("session=of-the-test-account"))) << file;
  }
  EXPECT_EQ(count(fleet.report(), "deception", "found"), 2U);
}

TEST(Leaks, NeedTheAccountsSecret) {
  MemoryFleet fleet;
  ask_for_leak_checks(fleet);
  fleet.environment.variables.erase("LAB_ACCOUNT");
  EXPECT_EQ(fleet.verify(fleet.verify_options()), 2);
  EXPECT_THAT(fleet.console.err_text, HasSubstr("LAB_ACCOUNT"));
}

// Bodies that differ from answer to answer: fresh once what differs is masked, and the report says so.
TEST(Mask, LeavesOutWhatTheManifestSays) {
  MemoryFleet fleet;
  fleet.edit_manifest("  body: hash\n", "  body: hash\n  mask: [{begin: \"/* \", end: \" */\"}]\n");
  fleet.deploy_and_purge();
  EXPECT_EQ(fleet.verify(fleet.verify_options()), 0) << fleet.console.out_text;
  const auto report = fleet.report();
  const auto& masked = report.at("summary").at("masked");
  EXPECT_EQ(masked.at("rules").to_number<int>(), 1);
  EXPECT_GT(masked.at("bytes").to_number<int>(), 12 * 4 * 10);
  EXPECT_THAT(fleet.console.out_text, HasSubstr("1 rule left "));
  EXPECT_EQ(fleet.judge("evidence.jsonl", "again.json"), 0);
  EXPECT_EQ(fleet.files.contents.at("again.json"), fleet.files.contents.at("report.json"));
}

}  // namespace
}  // namespace cachewitness
