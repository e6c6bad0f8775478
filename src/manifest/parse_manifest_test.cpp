#include "manifest/parse_manifest.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>

#include <fmt/format.h>

#include "manifest/bind.h"
#include "manifest/key_table.h"

namespace cachewitness::manifest {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

constexpr std::string_view smallest = R"(version: 1
tenants: [{id: one, host: one.example.com}]
assets: [/asset.js]
environments:
  production:
    url: "https://{tenant.host}{asset}"
    origin: {replicas: ["https://o1.example.net"]}
    regions:
      us: {edges: [{name: us-1, address: "203.0.113.10:443"}]}
)";

Manifest read_good(const std::string& text, const std::string& path = "cachewitness.yaml") {
  auto manifest = parse_manifest(text, path);
  EXPECT_TRUE(manifest) << (manifest ? "" : manifest.error().front().text());
  return manifest ? *std::move(manifest) : Manifest{};
}

Manifest read_full() {
  std::ifstream file(CACHEWITNESS_SOURCE_DIR "/tests/manifests/good/tenant_as_host.yaml");
  return read_good({std::istreambuf_iterator<char>(file), {}}, "deploy/cachewitness.yaml");
}

std::string first_fault(const std::string& text) {
  const auto manifest = parse_manifest(text, "m.yaml");
  return manifest ? "no fault" : manifest.error().front().text();
}

TEST(ParseManifest, FillsInDefaults) {
  const Manifest manifest = read_good(std::string(smallest));
  ASSERT_EQ(manifest.variants.size(), 1U);
  EXPECT_EQ(manifest.variants[0].name, "identity");
  EXPECT_TRUE(manifest.variants[0].headers.empty());
  EXPECT_EQ(manifest.limits.concurrency, 512U);
  EXPECT_EQ(manifest.policy.body, BodyPolicy::hash);
  EXPECT_EQ(manifest.environments[0].regions[0].edges[0].servers, 1U);
}

// What a row of the table says is the default must be what a manifest without the key means.
TEST(ParseManifest, DocumentsTheDefaultsThatItUses) {
  const auto row_of = [](const Table& table, std::string_view name) {
    const auto row = std::ranges::find(table.keys, name, &Key::name);
    EXPECT_NE(row, table.keys.end()) << name;
    return *row;
  };
  std::string written(smallest);
  for (const std::string_view section : {"policy", "gate", "limits"}) {
    written += std::string(section) + ":\n";
    const Shape shape = row_of(manifest_table(), section).shape;
    for (const Key& row : shape.table().keys) {
      ASSERT_FALSE(row.default_json.empty()) << row.name;
      written += "  " + std::string(row.name) + ": " + std::string(row.default_json) + "\n";
    }
  }
  const Manifest with = read_good(written);
  const Manifest without = read_good(std::string(smallest));
  EXPECT_EQ(with.policy.compare, without.policy.compare);
  EXPECT_EQ(with.policy.body, without.policy.body);
  EXPECT_EQ(with.policy.propagation, without.policy.propagation);
  EXPECT_EQ(with.policy.confidence, without.policy.confidence);
  EXPECT_EQ(with.policy.allow.size(), without.policy.allow.size());
  EXPECT_EQ(with.gate.max_stale_cells, without.gate.max_stale_cells);
  EXPECT_EQ(with.gate.min_parity, without.gate.min_parity);
  EXPECT_EQ(with.gate.max_inconclusive, without.gate.max_inconclusive);
  EXPECT_EQ(with.gate.require_grade, without.gate.require_grade);
  EXPECT_EQ(with.limits.concurrency, without.limits.concurrency);
  EXPECT_EQ(with.limits.per_edge_rps, without.limits.per_edge_rps);
  EXPECT_EQ(with.limits.timeout, without.limits.timeout);
  EXPECT_EQ(with.limits.total, without.limits.total);
  EXPECT_EQ(with.limits.max_header_bytes, without.limits.max_header_bytes);
  EXPECT_EQ(with.limits.max_body_bytes, without.limits.max_body_bytes);
}

TEST(ParseManifest, ReadsLimitsPolicyAndGate) {
  const Manifest manifest = read_full();
  EXPECT_EQ(manifest.limits.concurrency, 64U);
  EXPECT_DOUBLE_EQ(manifest.limits.per_edge_rps, 12.5);
  EXPECT_EQ(manifest.limits.timeout, 750ms);
  EXPECT_EQ(manifest.limits.total, 7200s);
  EXPECT_EQ(manifest.limits.max_header_bytes, 131072U);
  EXPECT_EQ(manifest.limits.max_body_bytes, 1048576U);
  EXPECT_EQ(manifest.policy.body, BodyPolicy::none);
  EXPECT_EQ(manifest.policy.propagation, 90s);
  EXPECT_EQ(manifest.policy.compare, (std::vector<std::string>{"status", "etag", "content-type"}));
  ASSERT_EQ(manifest.policy.allow.size(), 3U);
  EXPECT_EQ(manifest.policy.allow[0].cause, "stale-while-revalidate");
  EXPECT_FALSE(manifest.policy.allow[0].until);
  EXPECT_EQ(manifest.policy.allow[1].until, base::parse_instant("2026-12-01T00:00:00Z"));
  EXPECT_EQ(manifest.gate.max_stale_cells, 3U);
  EXPECT_EQ(manifest.gate.require_grade, RequiredGrade::proven);
}

TEST(ParseManifest, ReadsEdgesWithTheirFurtherAttributes) {
  const Manifest manifest = read_full();
  ASSERT_EQ(manifest.environments.size(), 2U);
  const Environment& production = manifest.environments[1];
  ASSERT_EQ(production.regions.size(), 2U);
  const Edge& edge = production.regions[0].edges[1];
  EXPECT_EQ(edge.name, "us-west-2");
  EXPECT_EQ(edge.host, "2001:db8::1");
  EXPECT_EQ(edge.port, 443);
  EXPECT_EQ(edge.servers, 8U);
  ASSERT_EQ(edge.attributes.size(), 1U);
  EXPECT_EQ(edge.attributes[0].first, "rack");
  EXPECT_EQ(edge.attributes[0].second, "b4");
  EXPECT_EQ(production.regions[1].edges[0].port, 0) << "the URL's";
  EXPECT_EQ(edge.where.line, 35U);
}

std::string with_http(std::string_view environment, std::string_view edge) {
  return fmt::format(R"(version: 1
tenants: [{{id: one, host: one.example.com}}]
assets: [/asset.js]
environments:
  production:
    url: "https://{{tenant.host}}{{asset}}"
    {}
    origin: {{replicas: ["https://o1.example.net"]}}
    regions:
      us: {{edges: [{{name: us-1, address: "203.0.113.10:443"{}}}]}}
)",
                     environment, edge);
}

TEST(ParseManifest, ReadsWhichHttpAnEdgeIsAskedIn) {
  constexpr struct {
    std::string_view environment;
    std::string_view edge;
    HttpChoice expected;
  } rows[] = {
      {"", "", HttpChoice::automatic},
      {"http: h2", "", HttpChoice::http2},
      {"http: h2", ", http: http/1.1", HttpChoice::http1},
      {"http: h2", ", http: auto", HttpChoice::automatic},
      {"", ", http: h2", HttpChoice::http2},
  };
  for (const auto& row : rows) {
    const Manifest manifest = read_good(with_http(row.environment, row.edge));
    const Environment& environment = manifest.environments.at(0);
    EXPECT_EQ(http_of_edge(environment, environment.regions.at(0).edges.at(0)), row.expected)
        << row.environment << row.edge;
  }
}

TEST(ParseManifest, RefusesHttp3InABuildWithoutIt) {
  const auto faults_of = [](const std::string& text, bool has_http3) {
    const auto manifest = parse_manifest(text, "m.yaml", {.has_http3 = has_http3});
    std::string all;
    for (const base::Error& error : manifest ? base::Errors{} : manifest.error()) {
      all += error.text() + "\n";
    }
    return all;
  };
  constexpr std::string_view why = "this build speaks no HTTP/3; build with -D CACHEWITNESS_HTTP3=ON";
  const std::string environment = with_http("http: h3", "");
  EXPECT_EQ(faults_of(environment, false), fmt::format("m.yaml:7:11: \"http\": {} [manifest-unsupported]\n", why));
  EXPECT_EQ(faults_of(environment, true), "");
  const std::string edge = with_http("http: h2", ", http: h3");
  EXPECT_EQ(faults_of(edge, false), fmt::format("m.yaml:10:20: edge \"us-1\": {} [manifest-unsupported]\n", why));
  EXPECT_EQ(faults_of(edge, true), "");
  EXPECT_EQ(faults_of(with_http("http: h2", ""), false), "");
}

TEST(ParseManifest, ReadsOriginsAndExpectations) {
  const Manifest manifest = read_full();
  const Origin& production = manifest.environments[1].origin;
  ASSERT_EQ(production.replicas.size(), 2U);
  EXPECT_EQ(production.replicas[1].url, "http://o2.example.net:8080");
  EXPECT_EQ(production.replicas[1].port, 8080);
  EXPECT_FALSE(production.replicas[1].is_tls);
  EXPECT_EQ(production.expect_from, "deploy/expected.csv") << "from the manifest's folder";
  const Origin& staging = manifest.environments[0].origin;
  ASSERT_EQ(staging.expect.size(), 2U);
  EXPECT_EQ(staging.expect[0].tenant, "*");
  EXPECT_EQ(staging.expect[0].sha256->hex(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(staging.expect[1].etag, "\"v2\"");
}

TEST(ParseManifest, KeepsSecretsAsReferencesOnly) {
  const Manifest manifest = read_full();
  const PurgeSettings& purge = *manifest.environments[1].purge;
  EXPECT_EQ(purge.provider, "cloudfront");
  EXPECT_EQ(purge.options, (std::vector<std::pair<std::string, std::string>>{
                               {"distribution", "EDFDVBD6EXAMPLE"}, {"soft", "false"}, {"batch", "30"}}));
  ASSERT_EQ(purge.secrets.size(), 2U);
  EXPECT_EQ(purge.secrets[0].first, "access_key_id");
  EXPECT_EQ(purge.secrets[0].second.name, "AWS_ACCESS_KEY_ID");
  EXPECT_EQ(purge.secrets[1].second.kind, SecretRef::Kind::file);
  EXPECT_EQ(purge.secrets[1].second.name, "deploy/aws-secret");
  const Variant& gated = manifest.variants[3];
  EXPECT_EQ(std::get<SecretRef>(gated.headers[1].value).argv, (std::vector<std::string>{"pass", "show", "staging"}));
  EXPECT_EQ(std::get<std::string>(manifest.variants[2].headers[0].value), "Mozilla/5.0 (iPhone)");
  EXPECT_EQ(manifest.variants[2].headers[0].name, "user-agent");
}

TEST(ParseManifest, ReadsChecks) {
  const Manifest manifest = read_full();
  ASSERT_EQ(manifest.checks.size(), 2U);
  EXPECT_EQ(manifest.checks[0].argv, (std::vector<std::string>{"python3", "cdn-verify.py"}));
  EXPECT_EQ(manifest.checks[0].environment, (std::vector<std::string>{"HOME", "LANG"}));
  EXPECT_EQ(manifest.checks[1].input, Check::Input::none);
  EXPECT_EQ(manifest.checks[1].answer, Check::Answer::exit_code);
}

TEST(ParseManifest, TakesInlineTenantsIn) {
  const Manifest manifest = read_full();
  ASSERT_EQ(manifest.tenants.size(), 2U);
  EXPECT_EQ(manifest.tenants.id(TenantId{1}), "1002");
  EXPECT_EQ(manifest.tenants.attribute(TenantId{1}, "base"), "shared.example.com/def");
  EXPECT_EQ(manifest.tenants.tags(TenantId{0}).size(), 2U);
  EXPECT_EQ(manifest.tenants.extra_assets(TenantId{0}).at(0), "/extra.css");
}

TEST(ParseManifest, KnowsEveryWayToNameATenantSource) {
  const auto source = [](const std::string& tenants) {
    std::string text(smallest);
    text.replace(text.find("[{id: one, host: one.example.com}]"), 34, tenants);
    return read_good(text, "/etc/cw/m.yaml").tenant_source;
  };
  EXPECT_EQ(source("{from: tenants.csv}").kind, TenantSource::Kind::csv);
  EXPECT_EQ(source("{from: tenants.csv}").path, "/etc/cw/tenants.csv");
  EXPECT_EQ(source("{from: /data/t.ndjson}").kind, TenantSource::Kind::ndjson);
  EXPECT_EQ(source("{from: /data/t.ndjson}").path, "/data/t.ndjson");
  EXPECT_EQ(source("{from: t.csv.zst}").kind, TenantSource::Kind::csv);
  EXPECT_EQ(source("{from: {command: [./list, --all]}}").argv.at(1), "--all");
  EXPECT_EQ(source("{command: [./list]}").kind, TenantSource::Kind::command);
}

TEST(ParseManifest, RefusesMoreThanOneMebibyte) {
  const std::string text = std::string(smallest) + "# " + std::string(max_manifest_bytes, 'x') + "\n";
  EXPECT_EQ(first_fault(text),
            "m.yaml:1:1: the manifest has 1,048,849 bytes, more than 1 MiB; keep long lists of tenants in a CSV or "
            "NDJSON file and name it with \"tenants: {from: FILE}\" [manifest-too-large]");
}

TEST(ParseManifest, RefusesANulByte) {
  EXPECT_NE(first_fault(std::string("version: 1\na: \0b\n", 17)).find("m.yaml:2:4: a NUL byte"), std::string::npos);
}

TEST(ParseManifest, StopsTellingAfterAHundredFaults) {
  std::string text(smallest);
  for (int i = 0; i < 500; ++i) {
    text += "unknown" + std::to_string(i) + ": 1\n";
  }
  const auto manifest = parse_manifest(text, "m.yaml");
  ASSERT_FALSE(manifest);
  EXPECT_EQ(manifest.error().size(), 101U);
  EXPECT_EQ(manifest.error().back().id.slug, "manifest-too-many-faults");
}

TEST(ParseManifest, ReadsAMappingOfAHundredThousandKeysInNoTime) {
  std::string text = "version: 1\n";
  for (int i = 0; i < 90'000; ++i) {
    text += "k" + std::to_string(i) + ": 1\n";  // the ctest timeout catches a quadratic search for duplicates
  }
  EXPECT_FALSE(parse_manifest(text, "m.yaml"));
}

}  // namespace
}  // namespace cachewitness::manifest
