// What `leaks` and `policy.mask` may say, and how their faults are told.
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "manifest/parse_manifest.h"

namespace cachewitness::manifest {
namespace {

constexpr std::string_view head = R"(version: 1
tenants: [{id: a, host: a.example, tags: [leak-checks]}]
assets: [/app.js]
environments:
  production:
    url: "https://{tenant.host}{asset}"
    origin: {replicas: ["https://o1.example"]}
    regions: {west: {edges: [{name: west-1, address: "192.0.2.1:443"}]}}
)";

Manifest read_good(std::string_view more) {
  auto manifest = parse_manifest(std::string(head) + std::string(more), "m.yaml");
  EXPECT_TRUE(manifest) << manifest.error().front().message;
  return manifest ? std::move(*manifest) : Manifest{};
}

TEST(LeakKeys, AreReadWithTheirDefaults) {
  EXPECT_FALSE(read_good("").leaks) << "off by default";
  const Manifest manifest = read_good(R"(
leaks:
  cross_tenant: {marker: {header: X-Tenant, value: "t={tenant.id}", body: 'data-tenant="{tenant.id}"'}}
  poisoning: {}
  deception:
    paths: ["/account/{buster}.css"]
    headers: {cookie: {env: ACCOUNT}}
    private: jane@example.com
)");
  ASSERT_TRUE(manifest.leaks);
  const Leaks& leaks = *manifest.leaks;
  EXPECT_EQ(leaks.tag, "leak-checks");
  EXPECT_EQ(leaks.cache_buster, "cachewitness");
  EXPECT_DOUBLE_EQ(leaks.per_edge_rps, 2);
  EXPECT_EQ(leaks.cross_tenant->marker.header, "x-tenant");
  EXPECT_EQ(leaks.cross_tenant->marker.value, (Surroundings{"t=", ""}));
  EXPECT_EQ(leaks.cross_tenant->marker.body, (Surroundings{"data-tenant=\"", "\""}));
  EXPECT_EQ(leaks.poisoning->headers.size(), 6U);
  EXPECT_EQ(leaks.deception->headers.front().name, "cookie");
  EXPECT_EQ(leaks.deception->private_text, "jane@example.com");
}

TEST(MaskKeys, AreReadInTheirOrder) {
  const Manifest manifest = read_good(R"(
policy:
  mask:
    - pattern: 'nonce="[^"]*"'
    - {begin: "<!-- built", end: "-->"}
)");
  ASSERT_EQ(manifest.policy.mask.size(), 2U);
  EXPECT_EQ(manifest.policy.mask[0], (BodyMask{"nonce=\"[^\"]*\"", "", ""}));
  EXPECT_EQ(manifest.policy.mask[1], (BodyMask{"", "<!-- built", "-->"}));
}

TEST(LeakKeys, TellWhatIsWrongWithThem) {
  struct Row {
    std::string_view yaml;
    std::string_view message;
  };
  const Row rows[] = {
      {"leaks: {}\n", "\"leaks\" needs \"cross_tenant\", \"poisoning\" or \"deception\""},
      {"leaks: {poisonning: {}}\n", "did you mean \"poisoning\"?"},
      {"leaks: {poisoning: {headers: [host]}}\n", "\"host\" cannot be tried: it belongs to the connection"},
      {"leaks: {poisoning: {headers: [\"x y\"]}}\n", "it is not a header name"},
      {"leaks: {poisoning: {}, cache_buster: \"a b\"}\n", "\"cache_buster\" may hold letters"},
      {"leaks: {poisoning: {}, per_edge_rps: 1000}\n", "out of range"},
      {"leaks: {cross_tenant: {}}\n", "lacks the key \"marker\""},
      {"leaks: {cross_tenant: {marker: {}}}\n", "the marker needs a \"header\" or a \"body\""},
      {"leaks: {cross_tenant: {marker: {body: \"no id\"}}}\n", "expected a text with {tenant.id} in it once"},
      {"leaks: {cross_tenant: {marker: {body: \"{tenant.id}\"}}}\n", "too little text before {tenant.id}"},
      {"policy: {body: none}\nleaks: {cross_tenant: {marker: {body: \"id={tenant.id}\"}}}\n", "needs \"body: hash\""},
      {"leaks: {deception: {paths: [/account/x.css], headers: {cookie: {env: A}}}}\n", "needs {buster} once"},
      {"leaks: {deception: {paths: [\"/a?{buster}\"], headers: {cookie: {env: A}}}}\n", "before any query"},
      {"leaks: {deception: {paths: [\"/{buster}.css\"], headers: {cookie: secret}}}\n", "{env: NAME}"},
      {"policy: {mask: [{pattern: \"(\"}]}\n", "does not read as RE2: missing )"},
      {"policy: {mask: [{pattern: \"a*\"}]}\n", "matches the empty text"},
      {"policy: {mask: [{begin: a}]}\n", "the mask has no \"end\""},
      {"policy: {mask: [{}]}\n", "a mask is either a \"pattern\""},
      {"policy: {mask: [{pattern: a, begin: b, end: c}]}\n", "a mask is either a \"pattern\""},
      {"policy: {body: none, mask: [{pattern: a}]}\n", "a mask needs bodies to be hashed"},
  };
  for (const Row& row : rows) {
    const auto manifest = parse_manifest(std::string(head) + std::string(row.yaml), "m.yaml");
    ASSERT_FALSE(manifest) << row.yaml;
    EXPECT_TRUE(manifest.error().front().message.contains(row.message)) << manifest.error().front().message;
    EXPECT_GE(manifest.error().front().where->line, 9U) << row.yaml;
  }
}

}  // namespace
}  // namespace cachewitness::manifest
