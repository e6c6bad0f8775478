// What environments do differently: which differences are told, how they are grouped, waived and scored.
#include "parity/comparer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <random>
#include <string>
#include <vector>

namespace cachewitness::parity {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr base::Instant start{1'795'444'338'000'000'000};

// Three environments of two, three and two edges; three tenants, one asset, one variant.
class World {
 public:
  World() {
    header.purpose = evidence::Purpose::parity;
    header.started_at = start;
    for (const auto& [environment, edges] :
         {std::pair{"dev", 2}, std::pair{"staging", 3}, std::pair{"production", 2}}) {
      for (int i = 1; i <= edges; ++i) {
        roster.edges.push_back({environment, "eu", std::string(environment) + "-" + std::to_string(i), "", "", 1});
      }
    }
    roster.assets.intern("/app.js");
    roster.variants.intern("identity");
    for (const char* tenant : {"alpha", "beta", "gamma"}) {
      roster.tenants.intern(tenant);
    }
  }

  using Answer = std::function<std::string(const evidence::EdgeEntry& edge, std::string_view tenant)>;
  World& answer(const Answer& fields, int status = 200) {
    for (std::uint32_t edge = 0; edge < roster.edges.size(); ++edge) {
      for (std::uint32_t tenant = 0; tenant < 3; ++tenant) {
        evidence::Response response;
        response.status = status;
        response.head = "HTTP/1.1 " + std::to_string(status) + " OK\r\n" +
                        fields(roster.edges[edge], roster.tenants.at(tenant)) + "\r\n";
        add(edge, tenant, std::move(response));
      }
    }
    return *this;
  }
  evidence::Evidence& add(std::uint32_t edge, std::uint32_t tenant,
                          std::variant<base::Failure, evidence::Response> outcome) {
    evidence::Evidence& each = evidence.emplace_back();
    each.id = evidence.size();
    each.cell = {evidence::EdgeId{edge}, evidence::TenantId{tenant}, evidence::AssetId{0}, evidence::VariantId{0}};
    each.url = "http://" + roster.edges[edge].environment + ".example.com/" + std::string(roster.tenants.at(tenant)) +
               "/app.js";
    each.outcome = std::move(outcome);
    return each;
  }

  [[nodiscard]] Comparison compare() const {
    Comparer comparer(header, roster);
    for (const evidence::Evidence& each : evidence) {
      comparer.take(each);
    }
    return comparer.finish(footer);
  }

  evidence::RunHeader header;
  evidence::RunFooter footer;
  evidence::Roster roster;
  std::vector<evidence::Evidence> evidence;
};

// Everywhere, but for what `production` has in its stead.
World::Answer but_in_production(std::string everywhere, std::string production) {
  return [=](const evidence::EdgeEntry& edge, std::string_view) {
    return edge.environment == "production" ? production : everywhere;
  };
}

std::vector<std::string> titles(const Comparison& comparison) {
  std::vector<std::string> all;
  for (const Finding& finding : comparison.findings) {
    all.push_back((finding.is_waived ? "waived " : "") + title(finding));
  }
  return all;
}

TEST(Comparer, TellsEachDifferenceOnceAndNothingThatDiffersByNature) {
  struct Row {
    std::string_view name;
    std::string everywhere;
    std::string production;
    std::vector<std::string> titles;
  };
  const std::vector<Row> rows{
      {"nothing", "Vary: Accept-Encoding\r\n", "vary: accept-encoding\r\n", {}},
      {"moments, requests, nodes and hits",
       "Date: Mon, 23 Nov 2026 14:32:18 GMT\r\nAge: 3\r\nX-Cache: HIT\r\nX-Request-Id: 1\r\nVia: 1.1 a\r\n",
       "Date: Mon, 23 Nov 2026 14:32:19 GMT\r\nX-Cache: MISS\r\nX-Request-Id: 2\r\nX-Served-By: b\r\n",
       {}},
      {"validators of other releases",
       "ETag: \"1\"\r\nLast-Modified: Mon, 23 Nov 2026 14:32:18 GMT\r\n",
       "ETag: \"2\"\r\nLast-Modified: Mon, 23 Nov 2026 14:00:00 GMT\r\n",
       {}},
      {"the kind of a validator",
       "ETag: \"1\"\r\n",
       "ETag: W/\"1\"\r\n",
       {"etag: production weak; dev, staging strong"}},
      {"a header that is stripped",
       "X-Frame-Options: DENY\r\n",
       "",
       {"x-frame-options: production absent; dev, staging DENY"}},
      {"a header that is empty", "X-A: 1\r\n", "X-A:\r\n", {"x-a: production empty; dev, staging 1"}},
      {"what is keyed",
       "Vary: Accept-Encoding, Cookie\r\n",
       "Vary: Cookie\r\n",
       {"vary: production cookie; dev, staging accept-encoding, cookie"}},
      {"a lifetime",
       "Cache-Control: max-age=60\r\n",
       "Cache-Control: max-age=3600\r\n",
       {"cache-policy: production stored 3600 s (cache-control max-age); dev, staging stored 60 s (cache-control "
        "max-age)"}},
      {"directives in another order",
       "Cache-Control: public, max-age=60\r\n",
       "Cache-Control: max-age=60,PUBLIC\r\n",
       {}},
      {"directives beyond the lifetime, and a lifetime",
       "Cache-Control: max-age=60, immutable\r\n",
       "Cache-Control: max-age=6\r\n",
       {"cache-policy: production stored 6 s (cache-control max-age); dev, staging stored 60 s (cache-control "
        "max-age); "
        "immutable"}},
      {"storage",
       "Cache-Control: max-age=60\r\n",
       "Cache-Control: no-store\r\n",
       {"cache-policy: production not stored (no-store); dev, staging stored 60 s (cache-control max-age)"}},
      {"what only a shared cache reads",
       "Cache-Control: max-age=60\r\nCDN-Cache-Control: max-age=5\r\n",
       "Cache-Control: max-age=60\r\nCDN-Cache-Control: max-age=5\r\n",
       {}},
      {"validation first",
       "Expires: 0\r\n",
       "Cache-Control: no-cache\r\n",
       {"cache-policy: production after validation by heuristics; dev, staging stored by Expires"}},
      {"cookies by their attributes",
       "Set-Cookie: s=1; Secure; HttpOnly\r\n",
       "Set-Cookie: s=2; HttpOnly\r\n",
       {"set-cookie: production s; httponly; dev, staging s; httponly; secure"}},
      {"cookies of other sessions", "Set-Cookie: s=1; Max-Age=5\r\n", "Set-Cookie: s=2; Max-Age=6\r\n", {}},
      {"hostile bytes",
       "X-A: 1\r\n",
       "X-A: \xe2\x80\xae"
       "evil\r\n",
       {"x-a: production \\u{202e}evil; dev, staging 1"}},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    const Comparison found = World().answer(but_in_production(row.everywhere, row.production)).compare();
    std::vector<std::string> sorted = titles(found);
    std::ranges::sort(sorted);
    EXPECT_EQ(sorted, row.titles);
    EXPECT_EQ(found.gate.exit_code, row.titles.empty() ? base::ExitCode::passed : base::ExitCode::failed);
  }
}

TEST(Comparer, IsOneFindingOnManyEdgesWithEveryPlaceCounted) {
  const Comparison found = World().answer(but_in_production("X-A: 1\r\n", "")).compare();
  ASSERT_EQ(found.findings.size(), 1U);
  const Finding& finding = found.findings.front();
  EXPECT_EQ(finding.cells, 6U);
  EXPECT_THAT(finding.edges, ElementsAre("production/eu/production-1", "production/eu/production-2"));
  EXPECT_THAT(finding.tenants, ElementsAre("alpha", "beta", "gamma"));
  EXPECT_THAT(finding.deviating, ElementsAre("production"));
  EXPECT_THAT(finding.pairs,
              UnorderedElementsAre(PairState{"dev", "production", ""}, PairState{"staging", "production", ""}));
}

TEST(Comparer, NamesTheOneEdgeThatDeviates) {
  const auto fields = [](const evidence::EdgeEntry& edge, std::string_view) {
    return std::string(edge.name == "staging-2" ? "" : "X-A: 1\r\n");
  };
  const Comparison found = World().answer(fields).compare();
  ASSERT_EQ(found.findings.size(), 1U);
  EXPECT_THAT(found.findings.front().edges, ElementsAre("staging/eu/staging-2"));
  EXPECT_EQ(title(found.findings.front()), "x-a: staging 1 | absent; dev, production 1");
  const PairScore& pair = found.pairs.front();  // dev and staging: 15 cells, 3 of them on that edge
  EXPECT_EQ(pair.cells, 15U);
  EXPECT_EQ(pair.different, 3U);
  EXPECT_DOUBLE_EQ(pair.score, 0.8);
  EXPECT_DOUBLE_EQ(found.pairs[1].score, 1.0);  // dev and production
}

TEST(Comparer, GroupsWhatDiffersInTheSameWayAlthoughEveryTenantHasItsOwnValue) {
  const auto fields = [](const evidence::EdgeEntry& edge, std::string_view tenant) {
    const std::string page = std::string(tenant) + (edge.environment == "production" ? "/old" : "/new");
    return "Link: <https://cdn/" + page + ">\r\n";
  };
  const Comparison found = World().answer(fields).compare();
  EXPECT_THAT(titles(found), ElementsAre("link: production <https://cdn/{tenant}/old>; dev, staging "
                                         "<https://cdn/{tenant}/new>"));
}

TEST(Comparer, TellsADifferentStatusAlone) {
  World world;
  world.answer(but_in_production("X-A: 1\r\n", "X-A: 1\r\n"));
  for (evidence::Evidence& each : world.evidence) {
    if (each.cell.edge.value >= 5) {
      each.outcome = evidence::Response{404, "HTTP/1.1 404 Not Found\r\nX-B: 2\r\n\r\n", {}};
    }
  }
  EXPECT_THAT(titles(world.compare()), ElementsAre("status: production 404; dev, staging 200"));
}

TEST(Comparer, ComparesProtocolAndTls) {
  World world;
  world.answer(but_in_production("", ""));
  for (evidence::Evidence& each : world.evidence) {
    each.path.tls_version = each.cell.edge.value >= 5 ? "TLSv1.2" : "TLSv1.3";
    if (each.cell.edge.value >= 5) {
      each.outcome = evidence::Response{200, "HTTP/2 200 \r\n\r\n", {}};
    }
  }
  EXPECT_THAT(titles(world.compare()), UnorderedElementsAre("protocol: production HTTP/2; dev, staging HTTP/1.1",
                                                            "tls: production TLSv1.2; dev, staging TLSv1.3"));
}

TEST(Comparer, ComparesBodiesAndValidatorsWhereTheSameReleaseIsExpected) {
  World world;
  world.header.parity.version = manifest::ExpectedVersion::same;
  world.answer(but_in_production("ETag: \"1\"\r\n", "ETag: \"2\"\r\n"));
  for (evidence::Evidence& each : world.evidence) {
    base::Digest digest;
    digest.bytes[0] = each.cell.edge.value >= 5 ? 1 : 2;
    std::get<evidence::Response>(each.outcome).body.sha256 = digest;
  }
  const auto found = titles(world.compare());
  EXPECT_THAT(found, UnorderedElementsAre(HasSubstr("etag: production \"2\"; dev, staging \"1\""),
                                          HasSubstr("body: production sha256 01")));
}

TEST(Comparer, ShowsWhatIsDeclaredAsWaived) {
  using Waiver = manifest::ParityWaiver;
  struct Row {
    std::string_view name;
    manifest::ParityRules rules;
    bool is_waived;
    std::string_view by;
  };
  const auto allow = [](Waiver waiver) { return manifest::ParityRules{{}, {}, {}, {std::move(waiver)}}; };
  const auto before = base::Instant{start} - std::chrono::seconds(1);
  const auto after = base::Instant{start} + std::chrono::seconds(1);
  const std::vector<Row> rows{
      {"nothing declared", {}, false, ""},
      {"ignored by a glob in any case", {{}, {"X-*"}, {}, {}}, true, "ignore X-*"},
      {"another one ignored", {{}, {"y-*"}, {}, {}}, false, ""},
      {"allowed", allow({.what = "x-a", .until = {}}), true, "allow x-a"},
      {"allowed in the environment that deviates", allow({.what = "x-a", .environments = "production", .until = {}}),
       true, "allow x-a"},
      {"allowed on one of its edges only", allow({.what = "x-a", .edges = "production-1", .until = {}}), false, ""},
      {"allowed in another region", allow({.what = "x-a", .regions = "us", .until = {}}), false, ""},
      {"allowed for every tenant by a glob", allow({.what = "x-a", .tenants = "*a*", .until = {}}), true, "allow x-a"},
      {"allowed for another asset", allow({.what = "x-a", .assets = "/other.js", .until = {}}), false, ""},
      {"allowed still", allow({.what = "x-a", .until = after}), true, "allow x-a until 2026-11-23T14:32:19Z"},
      {"allowed no more", allow({.what = "x-a", .until = before}), false, ""},
      {"allowed until this very moment", allow({.what = "x-a", .until = start}), false, ""},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    World world;
    world.header.parity = row.rules;
    const Comparison found = world.answer(but_in_production("X-A: 1\r\n", "")).compare();
    ASSERT_EQ(found.findings.size(), 1U);
    EXPECT_EQ(found.findings.front().is_waived, row.is_waived);
    EXPECT_EQ(found.findings.front().pairs.front().waived_by, row.by);
    EXPECT_EQ(found.pairs[1].waived, row.is_waived ? 12U : 0U);
    EXPECT_EQ(found.pairs[1].different, row.is_waived ? 0U : 12U);
    EXPECT_EQ(found.gate.passed, row.is_waived);
  }
}

TEST(Comparer, WaivesOnlyThePairsThatAWaiverCovers) {
  World world;
  world.header.parity.allow = {{.what = "x-a", .environments = "dev", .until = {}}};
  const auto fields = [](const evidence::EdgeEntry& edge, std::string_view) {
    return "X-A: " + edge.environment + "\r\n";
  };
  const Comparison found = world.answer(fields).compare();
  ASSERT_EQ(found.findings.size(), 1U);
  EXPECT_FALSE(found.findings.front().is_waived);
  EXPECT_THAT(found.findings.front().pairs,
              ElementsAre(PairState{"dev", "staging", "allow x-a"}, PairState{"dev", "production", "allow x-a"},
                          PairState{"staging", "production", ""}));
}

TEST(Comparer, KnowsItsOwnHostAndMappedTexts) {
  World world;
  world.header.parity.map = {
      {"cdn", {{"dev", "cdn-dev.net"}, {"staging", "cdn-staging.net"}, {"production", "cdn.net"}}}};
  const auto fields = [](const evidence::EdgeEntry& edge, std::string_view) {
    const std::string cdn = edge.environment == "production" ? "cdn.net" : "cdn-" + edge.environment + ".net";
    return "Location: https://" + edge.environment + ".example.com/\r\nLink: <https://" + cdn + "/x>\r\n";
  };
  const Comparison found = world.answer(fields).compare();
  EXPECT_THAT(titles(found), UnorderedElementsAre("waived location: dev, staging, production https://{host}/",
                                                  "waived link: dev, staging, production <https://{cdn}/x>"));
  EXPECT_TRUE(found.gate.passed);
  EXPECT_EQ(found.findings.front().pairs.front().waived_by, "mapped");
}

TEST(Comparer, CannotTellWhereNobodyAnswers) {
  struct Row {
    std::string_view name;
    std::vector<std::uint32_t> silent;  // edges
    base::ExitCode exit_code;
    std::uint64_t unsure;  // of dev and production
  };
  const std::vector<Row> rows{
      {"all answer", {}, base::ExitCode::passed, 0},
      {"one edge of two is dead", {6}, base::ExitCode::inconclusive, 3},
      {"a whole environment is", {5, 6}, base::ExitCode::inconclusive, 12},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    World world;
    world.answer(but_in_production("", ""));
    for (evidence::Evidence& each : world.evidence) {
      if (std::ranges::find(row.silent, each.cell.edge.value) != row.silent.end()) {
        each.outcome = base::Failure{base::Stage::connect, base::FailureCause::refused, ""};
      }
    }
    const Comparison found = world.compare();
    EXPECT_EQ(found.gate.exit_code, row.exit_code);
    EXPECT_EQ(found.pairs[1].unsure, row.unsure);
    EXPECT_THAT(found.findings, IsEmpty());
    EXPECT_EQ(found.environments.back().unanswered, row.silent.size() * 3);
  }
}

TEST(Comparer, GatesByTheScoreOfEveryPair) {
  World world;
  world.answer(but_in_production("X-A: 1\r\n", ""));
  for (const auto& [least, code] : {std::pair{0.0, base::ExitCode::passed}, std::pair{0.01, base::ExitCode::failed}}) {
    World lenient;
    lenient.evidence = world.evidence;
    lenient.header.gate.min_parity = least;
    EXPECT_EQ(lenient.compare().gate.exit_code, code);
  }
  World cut;
  cut.evidence = World().answer(but_in_production("", "")).evidence;
  cut.footer.is_complete = false;
  cut.footer.why_incomplete = "interrupted";
  EXPECT_EQ(cut.compare().gate.exit_code, base::ExitCode::inconclusive);
}

TEST(Comparer, DoesNotDependOnTheOrderOfEvidence) {
  World world;
  world.header.parity.allow = {{.what = "x-b", .edges = "staging-*", .until = {}}};
  const auto fields = [](const evidence::EdgeEntry& edge, std::string_view tenant) {
    return "X-A: " + edge.environment + "\r\nX-B: " + edge.name + "\r\nX-C: " + std::string(tenant) + edge.name +
           "\r\n" + (tenant == "beta" ? "X-D: 1\r\n" : "X-D: " + edge.name + "\r\n");
  };
  world.answer(fields);
  const auto told = [](const Comparison& found) {
    std::vector<std::string> all;
    for (const Finding& finding : found.findings) {
      all.push_back(finding.id + title(finding) + std::to_string(finding.cells) + finding.example);
      all.insert(all.end(), finding.edges.begin(), finding.edges.end());
      all.insert(all.end(), finding.tenants.begin(), finding.tenants.end());
    }
    for (const PairScore& pair : found.pairs) {
      all.push_back(std::to_string(pair.same) + "/" + std::to_string(pair.waived) + "/" +
                    std::to_string(pair.different));
    }
    return all;
  };
  const auto expected = told(world.compare());
  EXPECT_GT(expected.size(), 10U);
  for (unsigned seed = 1; seed <= 50; ++seed) {
    SCOPED_TRACE(seed);
    std::shuffle(world.evidence.begin(), world.evidence.end(), std::mt19937(seed));
    EXPECT_EQ(told(world.compare()), expected);
  }
}

TEST(Drift, TellsWhatIsNewGoneAndUnchanged) {
  const auto finding = [](std::string id, bool is_waived) {
    Finding each;
    each.id = std::move(id);
    each.is_waived = is_waived;
    return each;
  };
  Comparison now;
  now.findings = {finding("a", false), finding("b", false), finding("c", true)};
  const Drift found = drift(now, {"run-1", {{"b", "vary"}, {"c", "age"}, {"d", "etag"}}});
  EXPECT_EQ(found.against, "run-1");
  EXPECT_THAT(found.appeared, ElementsAre("a"));
  EXPECT_THAT(found.unchanged, ElementsAre("b"));
  ASSERT_EQ(found.gone.size(), 2U);  // what is waived by now is gone as well
  EXPECT_EQ(found.gone[0].title, "age");
  EXPECT_EQ(found.gone[1].title, "etag");
}

}  // namespace
}  // namespace cachewitness::parity
