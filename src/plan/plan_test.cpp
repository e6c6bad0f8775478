#include "plan/plan.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "base/text.h"
#include "manifest/parse_manifest.h"
#include "plan/describe.h"

namespace cachewitness::plan {
namespace {

constexpr std::string_view two_environments = R"(version: 1
tenants:
  - {id: abc, host: abc.example.com, assets: [/own.css, /a.js]}
  - {id: def, host: "def.example.com:8443"}
  - {id: ghi, host: "ghi.example.com:443", assets: [/own.css, /other.css]}
assets: [/a.js, "/b.css?v=2"]
variants:
  identity: {}
  gzip: {headers: {accept-encoding: gzip}}
environments:
  staging:
    url: "http://{tenant.host}{asset}"
    origin: {replicas: ["http://127.0.0.1:9000"]}
    regions: {office: {edges: [{name: office-1, address: "127.0.0.1:6081"}]}}
  production:
    url: "https://{tenant.host}{asset}"
    origin: {replicas: ["https://o1.example.net", "http://o2.example.net:8080"], host: "{tenant.id}.origin.example.net"}
    tls: {server_name: "sni-{region}.{host}"}
    regions:
      us-west: {edges: [{name: us-1, address: "203.0.113.10:443"}, {name: us-2, address: "203.0.113.11:443"}]}
      eu: {edges: [{name: eu-1, address: "[2001:db8::1]:443"}]}
limits: {per_edge_rps: 2}
)";

manifest::Manifest read(std::string_view text) {
  auto manifest = manifest::parse_manifest(text, "m.yaml");
  EXPECT_TRUE(manifest) << (manifest ? "" : manifest.error().front().text());
  return manifest ? *std::move(manifest) : manifest::Manifest{};
}

Plan plan_of(const manifest::Manifest& manifest, const Narrowing& narrowing) {
  auto plan = make_plan(manifest, narrowing);
  EXPECT_TRUE(plan) << (plan ? "" : plan.error().text());
  return *std::move(plan);
}

Narrowing production() {
  return {.environments = {"production"}, .tenants = {}, .regions = {}, .edges = {}, .assets = {}};
}

std::string shown(const Plan& plan, const evidence::Cell& cell) {
  return std::string(plan.roster().variant(cell.variant)) + " " + std::string(plan.roster().tenant(cell.tenant)) + " " +
         std::string(plan.roster().asset(cell.asset));
}

TEST(Plan, WalksVariantsThenTenantsThenAssets) {
  const manifest::Manifest manifest = read(two_environments);
  const Plan plan = plan_of(manifest, production());
  EXPECT_EQ(plan.lanes().size(), 3U);
  EXPECT_EQ(plan.combinations(), 18U);
  EXPECT_EQ(plan.cells(), 54U);
  const std::vector<std::string> expected{
      "identity abc /a.js",      "identity abc /b.css?v=2", "identity abc /own.css",   "identity def /a.js",
      "identity def /b.css?v=2", "identity ghi /a.js",      "identity ghi /b.css?v=2", "identity ghi /own.css",
      "identity ghi /other.css", "gzip abc /a.js"};
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(shown(plan, plan.combination(i)), expected[i]);
  }
}

TEST(Plan, NamesEachCombinationOnce) {
  const manifest::Manifest manifest = read(two_environments);
  const Plan plan = plan_of(manifest, {});
  std::set<evidence::Cell> seen;
  for (std::uint64_t i = 0; i < plan.combinations(); ++i) {
    EXPECT_TRUE(seen.insert(plan.combination(i)).second) << i;
  }
  EXPECT_EQ(plan.cells(), 4 * 18U);
}

TEST(Plan, RendersRequestsWithThePortOnlyWhereItIsNotTheSchemes) {
  const manifest::Manifest manifest = read(two_environments);
  const Plan plan = plan_of(manifest, production());
  Request request;
  plan.render(plan.lanes()[2], plan.combination(4), request);
  EXPECT_EQ(request.url, "https://def.example.com:8443/b.css?v=2");
  EXPECT_EQ(request.host, "def.example.com:8443");
  EXPECT_EQ(request.port, 8443);
  EXPECT_EQ(request.target, "/b.css?v=2");
  EXPECT_EQ(request.server_name, "sni-eu.def.example.com");
  EXPECT_TRUE(request.is_tls);
  plan.render(plan.lanes()[0], plan.combination(5), request);
  EXPECT_EQ(request.host, "ghi.example.com");
  EXPECT_EQ(request.port, 443);
}

TEST(Plan, RendersWithoutAllocatingOnceTheBufferHasGrown) {
  const manifest::Manifest manifest = read(two_environments);
  const Plan plan = plan_of(manifest, production());
  Request request;
  for (std::uint64_t i = 0; i < plan.combinations(); ++i) {
    plan.render(plan.lanes()[i % 3], plan.combination(i), request);
  }
  const auto* const url = request.url.data();
  const auto* const server_name = request.server_name.data();
  for (std::uint64_t i = 0; i < plan.combinations(); ++i) {
    plan.render(plan.lanes()[i % 3], plan.combination(i), request);
    EXPECT_EQ(request.url.data(), url);
    EXPECT_EQ(request.server_name.data(), server_name);
  }
}

TEST(Plan, AsksReplicasUnderTheHostOfTheOriginsTemplate) {
  const manifest::Manifest manifest = read(two_environments);
  const Plan plan = plan_of(manifest, production());
  Request request;
  plan.render_origin(1, manifest.environments[1].origin.replicas[1], plan.combination(1), request);
  EXPECT_EQ(request.url, "http://o2.example.net:8080/b.css?v=2");
  EXPECT_EQ(request.host, "abc.origin.example.net");
  EXPECT_EQ(request.target, "/b.css?v=2");
  EXPECT_EQ(request.server_name, "o2.example.net");
  EXPECT_EQ(request.port, 8080);
  EXPECT_FALSE(request.is_tls);
}

TEST(Plan, AsksReplicasUnderTheUrlsHostUnlessThatNamesAPlace) {
  const std::string by_place = R"(version: 1
tenants: [{id: abc, host: abc.example.com}]
assets: [/a.js]
environments:
  e:
    url: "https://cdn-{region}.example.com/{tenant.id}{asset}"
    origin: {replicas: ["https://o1.example.net:443", "https://o2.example.net:8443"]}
    regions: {us: {edges: [{name: e1, address: "203.0.113.10"}]}}
)";
  std::string by_tenant = by_place;
  by_tenant.replace(by_tenant.find("cdn-{region}"), 12, "{tenant.id}");
  Request request;
  {
    const manifest::Manifest manifest = read(by_place);
    const Plan plan = plan_of(manifest, {});
    plan.render_origin(0, manifest.environments[0].origin.replicas[0], plan.combination(0), request);
    EXPECT_EQ(request.host, "o1.example.net");
    EXPECT_EQ(request.target, "/abc/a.js");
    plan.render_origin(0, manifest.environments[0].origin.replicas[1], plan.combination(0), request);
    EXPECT_EQ(request.host, "o2.example.net:8443");
    plan.render(plan.lanes()[0], plan.combination(0), request);
    EXPECT_EQ(request.url, "https://cdn-us.example.com/abc/a.js");
  }
  const manifest::Manifest manifest = read(by_tenant);
  const Plan plan = plan_of(manifest, {});
  plan.render_origin(0, manifest.environments[0].origin.replicas[1], plan.combination(0), request);
  EXPECT_EQ(request.host, "abc.example.com");
}

TEST(Plan, NumbersTheRosterLikeTheLanes) {
  const manifest::Manifest manifest = read(two_environments);
  const Plan plan = plan_of(manifest, production());
  ASSERT_EQ(plan.roster().edges.size(), 3U);
  for (const Lane& lane : plan.lanes()) {
    EXPECT_EQ(plan.roster().edge(lane.edge).name, lane.settings->name);
  }
  EXPECT_EQ(plan.roster().edges[2].address, "[2001:db8::1]:443");
  EXPECT_EQ(plan.roster().edges[2].region, "eu");
  EXPECT_EQ(plan.roster().replicas.size(), 2U);
  EXPECT_EQ(plan.environments(), std::vector<std::size_t>{1});
}

TEST(MakePlan, NarrowsByGlobs) {
  const manifest::Manifest manifest = read(two_environments);
  const struct {
    std::string_view name;
    Narrowing narrowing;
    std::uint64_t cells;
  } rows[] = {
      {"everything", {}, 72},
      {"one environment", {{"staging"}, "", "", "", ""}, 18},
      {"a tenant by name", {{"staging"}, "def", "", "", ""}, 4},
      {"tenants by glob", {{"staging"}, "[a-d]*", "", "", ""}, 10},
      {"a region", {{}, "", "us-west", "", ""}, 36},
      {"regions by glob", {{}, "", "us-*,eu", "", ""}, 54},
      {"an edge", {{}, "", "", "us-2", ""}, 18},
      {"assets by glob", {{"staging"}, "", "", "", "*.css"}, 6},
      {"a common asset", {{"staging"}, "", "", "", "/a.js"}, 6},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(std::string(row.name));
    const auto plan = make_plan(manifest, row.narrowing);
    ASSERT_TRUE(plan) << plan.error().text();
    EXPECT_EQ(plan->cells(), row.cells);
    for (std::uint64_t i = 0; i < plan->combinations(); ++i) {
      const auto cell = plan->combination(i);
      EXPECT_TRUE(row.narrowing.tenants.empty() ||
                  base::matches_glob(row.narrowing.tenants, plan->roster().tenant(cell.tenant)));
      EXPECT_TRUE(row.narrowing.assets.empty() ||
                  base::matches_glob(row.narrowing.assets, plan->roster().asset(cell.asset)));
    }
  }
}

TEST(MakePlan, TellsMisspeltNamesFromGlobsThatMatchNothing) {
  const manifest::Manifest manifest = read(two_environments);
  const struct {
    Narrowing narrowing;
    base::ErrorId id;
    std::string_view message;
  } rows[] = {
      {{{"prodution"}, "", "", "", ""},
       base::errors::unknown_name,
       "unknown environment \"prodution\"; did you mean \"production\"? (the manifest has: production, staging)"},
      {{{}, "", "us-wset", "", ""}, base::errors::unknown_name, "did you mean \"us-west\"?"},
      {{{}, "", "", "us-11", ""}, base::errors::unknown_name, "unknown edge \"us-11\""},
      {{{"staging"}, "", "", "us-1", ""}, base::errors::unknown_name, "unknown edge \"us-1\""},
      {{{}, "", "ap-*", "", ""}, base::errors::no_cells, "no edge is left to probe after --regions \"ap-*\""},
      {{{}, "xyz", "", "", ""}, base::errors::no_cells, "no tenant is left to probe after --tenants \"xyz\""},
      {{{}, "", "", "", "*.png"}, base::errors::no_cells, "no asset is left to probe after --assets \"*.png\""},
      {{{}, "^a.*$", "", "", ""}, base::errors::usage, "bad glob \"^a.*$\" for --tenants"},
      {{{}, "[a", "", "", ""}, base::errors::usage, "bad glob \"[a\" for --tenants"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(std::string(row.message));
    const auto plan = make_plan(manifest, row.narrowing);
    ASSERT_FALSE(plan);
    EXPECT_EQ(plan.error().id, row.id);
    EXPECT_NE(plan.error().text().find(row.message), std::string::npos) << plan.error().text();
  }
}

TEST(MakePlan, TriesTheUrlOfEachEdge) {
  const manifest::Manifest manifest = read(R"(version: 1
tenants: [{id: abc}]
assets: [/a.js]
environments:
  e:
    url: "https://{edge.zone}.example.com{asset}"
    origin: {replicas: ["https://o1.example.net"]}
    regions:
      us:
        edges:
          - {name: e1, address: "203.0.113.10", zone: a}
          - {name: e2, address: "203.0.113.11", zone: "b c"}
)");
  const auto plan = make_plan(manifest, {});
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().where->line, 12U);
  EXPECT_NE(plan.error().message.find("the URL at edge \"e2\""), std::string::npos);
}

TEST(Estimate, CountsRequestsAndTheShortestTime) {
  const manifest::Manifest manifest = read(two_environments);
  const Estimate numbers = estimate(plan_of(manifest, {}));
  EXPECT_EQ(numbers.cells, 72U);
  EXPECT_EQ(numbers.requests_per_edge, 18U);
  EXPECT_EQ(numbers.origin_requests, 18U * 3);
  EXPECT_EQ(numbers.at_least, std::chrono::seconds(9));
}

TEST(Describe, SaysWhatWouldBeSent) {
  const manifest::Manifest manifest = read(two_environments);
  EXPECT_EQ(describe(plan_of(manifest, production())),
            "Plan for production: 54 cells = 3 edges x 18 combinations of 3 tenants, asset and 2 variants.\n"
            "  production / us-west: 18 requests to each of 2 edges: us-1 (203.0.113.10:443), us-2 (203.0.113.11:443)\n"
            "  production / eu: 18 requests to each of 1 edge: eu-1 ([2001:db8::1]:443)\n"
            "  origin: 36 requests to 2 replicas, before the edges\n"
            "  time: at least 9.00 s at 2 requests a second to one edge, up to 512 in flight; the limit for the run is "
            "1 m 00 s\n"
            "First requests:\n"
            "  us-1: GET https://abc.example.com/a.js (variant identity)\n"
            "  us-2: GET https://abc.example.com/a.js (variant identity)\n"
            "  eu-1: GET https://abc.example.com/a.js (variant identity)\n"
            "  us-1: GET https://abc.example.com/b.css?v=2 (variant identity)\n"
            "  us-2: GET https://abc.example.com/b.css?v=2 (variant identity)\n");
}

TEST(Describe, WarnsOfAPlanThatCannotEndInTime) {
  manifest::Manifest manifest = read(two_environments);
  manifest.limits.total = std::chrono::seconds(8);
  EXPECT_NE(describe(plan_of(manifest, {})).find("WARNING: that cannot end in time"), std::string::npos);
  manifest.limits.total = std::chrono::seconds(10);
  EXPECT_EQ(describe(plan_of(manifest, {})).find("WARNING"), std::string::npos);
}

TEST(Describe, SaysTheSameAsJson) {
  const manifest::Manifest manifest = read(two_environments);
  const std::string json = describe_json(plan_of(manifest, production()));
  for (const std::string_view part :
       {"\"schema\": \"cachewitness.plan/v1\"", "\"cells\": 54", "\"origin_requests\": 36", "\"requests_per_edge\": 18",
        "\"at_least_ms\": 9000", "\"address\": \"[2001:db8::1]:443\"", "\"url\": \"https://abc.example.com/a.js\""}) {
    EXPECT_NE(json.find(part), std::string::npos) << part << " in\n" << json;
  }
}

TEST(Plan, AsksAnAddressOfSeveralServersMoreOften) {
  std::string text(two_environments);
  text.replace(text.find("203.0.113.10:443\""), 17, "203.0.113.10:443\", servers: 2");
  const manifest::Manifest manifest = read(text);
  const Plan plan = plan_of(manifest, production());
  EXPECT_EQ(plan.samples(plan.lanes()[0]), 5u);
  EXPECT_EQ(plan.samples(plan.lanes()[1]), 1u);
  EXPECT_EQ(estimate(plan).requests_per_edge, 5 * plan.combinations());
  const std::string shown = describe(plan);
  const std::string range = base::grouped(plan.combinations()) + " to " + base::grouped(5 * plan.combinations());
  EXPECT_NE(shown.find("production / us-west: " + range + " requests to each of 2 edges"), std::string::npos) << shown;
}

struct ScopeRow {
  const char* name;
  PurgeScope scope;
  std::vector<std::string> expected;  // tenant and asset of the first variant
};

TEST(Plan, IsNarrowedToWhatAPurgeNamed) {
  const manifest::Manifest manifest = read(two_environments);
  const ScopeRow rows[] = {
      {"urls",
       {.urls = {"https://abc.example.com/own.css", "https://def.example.com:8443/a.js"}},
       {"abc /own.css", "def /a.js"}},
      {"a prefix", {.prefixes = {"https://abc.example.com/"}}, {"abc /a.js", "abc /b.css?v=2", "abc /own.css"}},
      {"a host", {.hosts = {"def.example.com"}}, {"def /a.js", "def /b.css?v=2"}},
      {"several",
       {.urls = {"https://abc.example.com/a.js"}, .hosts = {"def.example.com"}},
       {"abc /a.js", "def /a.js", "def /b.css?v=2"}}};
  for (const ScopeRow& row : rows) {
    SCOPED_TRACE(row.name);
    Narrowing narrowing = production();
    narrowing.purged = row.scope;
    const Plan plan = plan_of(manifest, narrowing);
    std::vector<std::string> pairs;
    for (std::uint64_t i = 0; i < plan.combinations_of_variant(); ++i) {
      pairs.push_back(shown(plan, plan.combination(i)).substr(std::string("identity ").size()));
    }
    EXPECT_EQ(pairs, row.expected);
    EXPECT_EQ(plan.combinations(), 2 * row.expected.size());
  }
}

TEST(Plan, IsNarrowedToTheEdgesThatAPurgeAsked) {
  const manifest::Manifest manifest = read(two_environments);
  Narrowing narrowing = production();
  narrowing.purged = PurgeScope{.is_everything = true, .edges = {"us-2", "shield"}};
  const Plan plan = plan_of(manifest, narrowing);
  ASSERT_EQ(plan.lanes().size(), 1U);
  EXPECT_EQ(plan.lanes().front().settings->name, "us-2");
  narrowing.purged = PurgeScope{.urls = {"https://elsewhere.example/"}};
  const auto nothing = make_plan(manifest, narrowing);
  ASSERT_FALSE(nothing);
  EXPECT_EQ(nothing.error().id, base::errors::no_cells);
}

}  // namespace
}  // namespace cachewitness::plan
