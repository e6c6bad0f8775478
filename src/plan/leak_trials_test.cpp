#include "plan/leak_trials.h"

#include <algorithm>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "manifest/parse_manifest.h"

namespace cachewitness::plan {
namespace {

using manifest::LeakCheck;

constexpr std::string_view head = R"(
version: 1
tenants:
  - {id: alpha, host: alpha.example, tags: [gold, leak-checks]}
  - {id: beta, host: beta.example}
  - {id: gamma, host: gamma.example, tags: [leak-checks]}
  - {id: delta, host: delta.example, tags: [leak-checks]}
assets: [/app.js, "/app.css?v=2"]
environments:
  production:
    url: "https://{tenant.host}{asset}"
    origin: {replicas: ["https://o1.example"]}
    regions:
      west: {edges: [{name: west-1, address: "192.0.2.1:443"}, {name: west-2, address: "192.0.2.2:443"}]}
)";
constexpr std::string_view all_checks = R"(
leaks:
  cross_tenant: {marker: {header: x-tenant}, assets: [/canary.txt]}
  poisoning: {headers: [x-forwarded-host, x-forwarded-scheme]}
  deception: {paths: ["/account/{buster}.css"], headers: {cookie: {env: ACCOUNT}}}
)";

manifest::Manifest read(std::string_view leaks) {
  auto manifest = manifest::parse_manifest(std::string(head) + std::string(leaks), "m.yaml");
  EXPECT_TRUE(manifest) << manifest.error().front().message;
  return std::move(*manifest);
}

std::ptrdiff_t count(const std::vector<LeakTrial>& trials, LeakCheck check) {
  return std::ranges::count(trials, check, &LeakTrial::check);
}

TEST(LeakTrials, AreMadeForTenantsThatHaveOptedInAndNoOthers) {
  const auto manifest = read(all_checks);
  const auto plan = make_plan(manifest, {});
  ASSERT_TRUE(plan) << plan.error().message;
  const auto trials = leak_trials(*plan);
  EXPECT_EQ(count(trials, LeakCheck::cross_tenant), 2 * 3);
  EXPECT_EQ(count(trials, LeakCheck::poisoning), 2 * 3 * 2);
  EXPECT_EQ(count(trials, LeakCheck::deception), 2 * 3);
  std::set<std::uint32_t> numbers;
  for (const LeakTrial& trial : trials) {
    EXPECT_NE(plan->roster().tenant(trial.cell.tenant), "beta");
    EXPECT_TRUE(trial.other.is_none() || plan->roster().tenant(trial.other) != "beta");
    EXPECT_NE(trial.other, trial.cell.tenant);
    EXPECT_TRUE(numbers.insert(trial.number).second) << "cache-busters would meet";
  }
  EXPECT_EQ(leak_requests_per_edge(*plan), 3U * 2 + 3U * 2 * (3 + 2 * 2) + 3U * 3);
}

TEST(LeakTrials, AreNoneWithoutTheKeyOrAnyoneWhoOptedIn) {
  const auto without = read("");
  EXPECT_TRUE(leak_trials(*make_plan(without, {})).empty());
  const auto with = read(all_checks);
  EXPECT_TRUE(leak_trials(*make_plan(with, {.tenants = "beta"})).empty());
  EXPECT_EQ(leak_requests_per_edge(*make_plan(with, {.tenants = "beta"})), 0U);
}

TEST(LeakTrials, NeedTwoTenantsToTellThemApart) {
  const auto manifest = read(all_checks);
  const auto trials = leak_trials(*make_plan(manifest, {.tenants = "alpha"}));
  EXPECT_EQ(count(trials, LeakCheck::cross_tenant), 0);
  EXPECT_EQ(count(trials, LeakCheck::poisoning), 2 * 2);
}

TEST(LeakTrials, FollowTheAssetsThatNarrowingLeaves) {
  const auto manifest = read(all_checks);
  const auto trials = leak_trials(*make_plan(manifest, {.assets = "/app.js"}));
  EXPECT_EQ(count(trials, LeakCheck::poisoning), 2 * 3);
  EXPECT_EQ(count(trials, LeakCheck::cross_tenant), 0);
}

TEST(LeakTrials, KeepOffWhatVisitorsGet) {
  struct Row {
    std::string target;
    std::string expected;
  };
  const Row rows[] = {{"/app.js", "/app.js?cachewitness=w1"},
                      {"/app.css?v=2", "/app.css?v=2&cachewitness=w1"},
                      {"/account/{buster}.css", "/account/w1.css"}};
  for (const Row& row : rows) {
    Request request;
    request.target = row.target;
    request.url = "https://alpha.example" + row.target;
    bust(request, "cachewitness", "w1");
    EXPECT_EQ(request.target, row.expected);
    EXPECT_EQ(request.url, "https://alpha.example" + row.expected);
  }
}

TEST(LeakTrials, SendInEveryHeaderWhatServersTakeItFor) {
  struct Row {
    std::string_view header;
    std::string_view expected;
  };
  const Row rows[] = {{"x-forwarded-host", "cw1.invalid"},
                      {"X-Host", "cw1.invalid"},
                      {"x-forwarded-server", "cw1.invalid"},
                      {"forwarded", "host=cw1.invalid"},
                      {"x-forwarded-scheme", "http"},
                      {"x-forwarded-proto", "http"},
                      {"x-original-url", "/cw1"},
                      {"x-device", "cw1"}};
  for (const Row& row : rows) {
    EXPECT_EQ(poison_value(row.header, "cw1", true), row.expected) << row.header;
  }
  EXPECT_EQ(poison_value("x-forwarded-proto", "cw1", false), "https");
}

}  // namespace
}  // namespace cachewitness::plan
