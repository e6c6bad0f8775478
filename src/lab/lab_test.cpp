#include "lab/lab.h"

#include "support/lab_fixture.h"

namespace cachewitness::lab {
namespace {

using LabTest = LabFixture;

TEST_F(LabTest, ReplicasOfOneReleaseAgreeByteForByte) {
  const auto ask = [this](std::size_t replica) {
    return visitor_.ask(lab_->directory().replicas[replica].address, "GET", host, page, gzip);
  };
  const auto one = ask(0);
  const auto two = ask(1);
  EXPECT_EQ(one.body, two.body);
  EXPECT_EQ(one.field("etag"), two.field("etag"));
  EXPECT_EQ(one.field("last-modified"), two.field("last-modified"));
  EXPECT_EQ(one.field("cache-control"), "public, max-age=60, s-maxage=86400");
}

TEST_F(LabTest, DeploysToOneReplicaAndLaterToTheOtherWithTheSameLastModified) {
  ASSERT_TRUE(lab_->deploy(2, 1).has_value());
  const auto ask = [this](std::size_t replica) {
    return visitor_.ask(lab_->directory().replicas[replica].address, "GET", host, page);
  };
  EXPECT_EQ(release_of(ask(0)), "1");
  EXPECT_EQ(release_of(ask(1)), "2");
  visitor_.let_pass(std::chrono::minutes(5));
  ASSERT_TRUE(lab_->deploy(2, 0).has_value());
  EXPECT_EQ(release_of(ask(0)), "2");
  EXPECT_EQ(ask(0).field("last-modified"), ask(1).field("last-modified"));
}

TEST_F(LabTest, TheOriginAnswersConditionsHeadAndUnknownPages) {
  const base::SocketAddress origin = lab_->directory().replicas[0].address;
  const auto whole = visitor_.ask(origin, "GET", host, page);
  const auto same = visitor_.ask(origin, "GET", host, page, "If-None-Match: W/" + whole.field("etag") + "\r\n");
  EXPECT_EQ(same.status, 304);
  EXPECT_EQ(same.field("etag"), whole.field("etag"));
  const auto head = visitor_.ask(origin, "HEAD", host, page);
  EXPECT_EQ(head.field("content-length"), whole.field("content-length"));
  EXPECT_EQ(head.body, "");
  EXPECT_EQ(visitor_.ask(origin, "GET", host, "/tenant-nobody/asset.js").status, 404);
  EXPECT_EQ(visitor_.ask(origin, "PURGE", host, page).status, 405);
}

TEST_F(LabTest, FaultsThatNameNobodyAreChosenBySeed) {
  const auto planted_with_seed = [](std::uint64_t seed) {
    testing::MemoryNetwork network;
    LabSettings settings = LabFixture::settings();
    settings.tenants = tenant_names(100);
    settings.seed = seed;
    settings.faults = parse_fault_orders("node-not-purged,negative-cache,slow,down").value();
    return Lab::start(network, settings).value()->planted();
  };
  EXPECT_EQ(planted_with_seed(1), planted_with_seed(1));
  EXPECT_NE(planted_with_seed(1), planted_with_seed(2));
  const auto planted = planted_with_seed(3);
  EXPECT_TRUE(planted[0].tenant.starts_with("tenant-"));
  EXPECT_EQ(planted[0].expected_state, "stale");
  EXPECT_EQ(planted[0].expected_cause, "never-purged");
  EXPECT_EQ(planted[2].tenant, "*");
}

TEST_F(LabTest, SameSeedSameStory) {
  const auto story = [] {
    testing::MemoryNetwork network;
    testing::Visitor visitor(network);
    LabSettings settings = LabFixture::settings();
    settings.faults = parse_fault_orders("node-not-purged,header-drift,no-age,slow").value();
    const auto lab = Lab::start(network, settings).value();
    std::string heard;
    for (std::uint32_t release = 1; release <= 3; ++release) {
      EXPECT_TRUE(lab->deploy(release).has_value());
      for (const auto& edge : lab->directory().edges) {
        for (const std::string& tenant : lab->directory().tenants) {
          const std::string target = "/" + tenant + "/asset.js";
          const std::string rest = target + " HTTP/1.1\r\nHost: " + host_of(edge.region) + "\r\n";
          heard += visitor.exchange(edge.address, "PURGE " + rest + "\r\nGET " + rest + "Connection: close\r\n\r\n");
        }
      }
      visitor.let_pass(std::chrono::seconds(11));
    }
    return heard;
  };
  const std::string first = story();
  EXPECT_GT(first.size(), 10'000U);
  EXPECT_EQ(first, story());
}

TEST_F(LabTest, NamesTheNearestServerAndTenant) {
  struct Row {
    FaultOrder order;
    const char* expected;
  };
  const Row rows[] = {
      {{FaultKind::down, "us-wset-1", ""}, "did you mean \"us-west-1\"?"},
      {{FaultKind::down, "orign-1", ""}, "did you mean \"origin-1\"?"},
      {{FaultKind::node_not_purged, "us-west-1", "tenant-xzy"}, "did you mean \"tenant-xyz\"?"},
      {{FaultKind::node_not_purged, "origin-1", ""}, "the lab has no edge \"origin-1\""},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.order.server);
    const auto planted = lab_->plant(row.order);
    ASSERT_FALSE(planted.has_value());
    EXPECT_NE(planted.error().message.find(row.expected), std::string::npos) << planted.error().message;
  }
  EXPECT_TRUE(lab_->planted().empty());
}

TEST_F(LabTest, RefusesToBeEmpty) {
  testing::MemoryNetwork network;
  LabSettings settings = LabFixture::settings();
  settings.tenants.clear();
  const auto started = Lab::start(network, settings);
  ASSERT_FALSE(started.has_value());
  EXPECT_EQ(started.error().id, base::errors::usage);
}

class ControlTest : public LabFixture {
 protected:
  testing::Sight control(std::string_view method, std::string_view target, std::string_view name = "localhost:8080") {
    return visitor_.ask(lab_->directory().control, method, name, target);
  }
};

TEST_F(ControlTest, DeploysPlantsAndResets) {
  EXPECT_EQ(control("POST", "/deploy?release=2&replica=0").status, 200);
  EXPECT_EQ(lab_->replicas()[0]->release(), 2U);
  EXPECT_EQ(lab_->replicas()[1]->release(), 1U);
  EXPECT_EQ(control("POST", "/deploy?release=2").status, 200);
  EXPECT_EQ(lab_->replicas()[1]->release(), 2U);

  const auto planted = control("POST", "/fault?kind=node-not-purged&edge=us-west-2&tenant=tenant-lmn");
  EXPECT_EQ(planted.status, 200);
  EXPECT_NE(planted.body.find("\"kind\": \"node-not-purged\""), std::string::npos) << planted.body;
  ASSERT_EQ(lab_->planted().size(), 1U);
  EXPECT_EQ(lab_->planted()[0].server, "us-west-2");
  EXPECT_EQ(lab_->planted()[0].tenant, "tenant-lmn");

  EXPECT_EQ(control("POST", "/reset").status, 200);
  EXPECT_TRUE(lab_->planted().empty());
  EXPECT_EQ(lab_->release(), 1U);
}

TEST_F(ControlTest, RefusesWhatItCannotDoAndChangesNothing) {
  struct Row {
    const char* method;
    const char* target;
    int expected;
  };
  const Row rows[] = {{"POST", "/deploy", 400},
                      {"POST", "/deploy?release=0", 400},
                      {"POST", "/deploy?release=two", 400},
                      {"POST", "/deploy?release=2&replica=7", 400},
                      {"POST", "/deploy?release=2&replica=-1", 400},
                      {"POST", "/fault", 400},
                      {"POST", "/fault?kind=bad-luck", 400},
                      {"POST", "/fault?kind=down,slow", 400},
                      {"POST", "/fault?kind=down&edge=nowhere", 400},
                      {"POST", "/anything", 404},
                      {"GET", "/deploy?release=2", 405},
                      {"PUT", "/", 405}};
  for (const Row& row : rows) {
    SCOPED_TRACE(row.target);
    const auto answer = control(row.method, row.target);
    EXPECT_EQ(answer.status, row.expected);
    EXPECT_NE(answer.body.find("\"error\""), std::string::npos);
  }
  EXPECT_EQ(lab_->release(), 1U);
  EXPECT_TRUE(lab_->planted().empty());
}

TEST_F(ControlTest, AnswersToLoopbackNamesOnly) {
  EXPECT_EQ(control("GET", "/", "127.0.0.1:9").status, 200);
  EXPECT_EQ(control("POST", "/deploy?release=2", "evil.example.com").status, 403);
  EXPECT_EQ(lab_->release(), 1U);
}

}  // namespace
}  // namespace cachewitness::lab
