#include "lab/lab_manifest.h"

#include <algorithm>

#include "manifest/parse_manifest.h"
#include "support/lab_fixture.h"

namespace cachewitness::lab {
namespace {

std::string text_of(const base::Errors& errors) {
  std::string text;
  for (const base::Error& error : errors) {
    text.append(error.text()).push_back('\n');
  }
  return text;
}

class LabManifestTest : public LabFixture {
 protected:
  static LabSettings two_regions() {
    LabSettings settings = LabFixture::settings();
    settings.regions = region_names(2);
    settings.assets = {"/asset.js", "/app.css?v=\"2\"&w=\\"};
    return settings;
  }
  LabManifestTest() : LabFixture(two_regions()) {}
};

TEST_F(LabManifestTest, IsAManifestThatTheParserTakes) {
  const auto parsed = manifest::parse_manifest(manifest_yaml(lab_->directory(), {}), "/lab/cachewitness.yaml");
  ASSERT_TRUE(parsed.has_value()) << text_of(parsed.error());
  EXPECT_EQ(parsed->assets, lab_->directory().assets);
  EXPECT_EQ(parsed->tenant_source.kind, manifest::TenantSource::Kind::csv);
  EXPECT_EQ(parsed->variants.size(), 2U);
  EXPECT_EQ(parsed->policy.propagation, base::Duration{});
  EXPECT_EQ(parsed->limits.per_edge_rps, 0);
  ASSERT_EQ(parsed->environments.size(), 1U);
  const manifest::Environment& environment = parsed->environments.front();
  EXPECT_EQ(environment.url.text(), "http://cdn-{region}.example.com/{tenant.id}{asset}");
  ASSERT_EQ(environment.origin.replicas.size(), 2U);
  EXPECT_FALSE(environment.origin.replicas[1].is_tls);
  EXPECT_EQ(environment.origin.replicas[1].port, lab_->directory().replicas[1].address.port);
}

TEST_F(LabManifestTest, PinsEveryEdgeToItsAddress) {
  const auto parsed = manifest::parse_manifest(manifest_yaml(lab_->directory(), {}), "/lab/cachewitness.yaml");
  ASSERT_TRUE(parsed.has_value()) << text_of(parsed.error());
  std::vector<std::string> written;
  for (const manifest::Region& region : parsed->environments.front().regions) {
    for (const manifest::Edge& edge : region.edges) {
      written.push_back(region.name + " " + edge.name + " " + edge.host + ":" + std::to_string(edge.port));
    }
  }
  std::vector<std::string> running;
  for (const Directory::Edge& edge : lab_->directory().edges) {
    running.push_back(edge.region + " " + edge.name + " " + edge.address.text());
  }
  EXPECT_EQ(written, running);
}

TEST_F(LabManifestTest, NamesTheAuthorityOfEdgesThatSpeakTls) {
  Directory directory = lab_->directory();
  directory.is_tls = true;
  LabManifestSettings settings;
  settings.ca_file = "lab-ca.pem";
  const auto parsed = manifest::parse_manifest(manifest_yaml(directory, settings), "/lab/cachewitness.yaml");
  ASSERT_TRUE(parsed.has_value()) << text_of(parsed.error());
  EXPECT_EQ(parsed->environments.front().tls.ca_file, "/lab/lab-ca.pem");
  EXPECT_TRUE(parsed->environments.front().url.text().starts_with("https://"));
}

TEST_F(LabManifestTest, ListsEveryTenantOnALineOfItsOwn) {
  EXPECT_EQ(tenants_csv(lab_->directory()), "id\ntenant-abc\ntenant-xyz\ntenant-pqr\ntenant-lmn\n");
}

}  // namespace
}  // namespace cachewitness::lab
