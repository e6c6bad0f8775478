#include "app/lab_command.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "adapters/epoll_network.h"
#include "adapters/posix_files.h"
#include "adapters/system_clock.h"
#include "lab/lab_manifest.h"
#include "lab/sweep.h"
#include "support/memory_network.h"
#include "support/visitor.h"

namespace cachewitness::app {
namespace {

class LabCommand : public ::testing::Test {
 protected:
  LabCommand() {
    std::string name = ::testing::TempDir() + "cachewitness-lab-XXXXXX";
    folder_ = ::mkdtemp(name.data());
    options_.directory = folder_;
    options_.tenants = 5;
  }
  ~LabCommand() override { std::filesystem::remove_all(folder_); }

  base::Result<void> run() {
    const LabSurroundings surroundings{.network = network_,
                                       .files = files_,
                                       .clock = clock_,
                                       .certificate = nullptr,
                                       .print = [this](std::string_view text) { printed_.append(text); },
                                       .is_over = [this] { return ++turns_ > 3; }};
    return run_lab(options_, surroundings);
  }
  [[nodiscard]] std::string written(std::string_view name) const {
    std::ifstream file(folder_ + "/" + std::string(name));
    return {std::istreambuf_iterator<char>(file), {}};
  }
  void put(std::string_view name, std::string_view text) const {
    std::ofstream(folder_ + "/" + std::string(name)) << text;
  }

  std::string folder_;
  LabOptions options_;
  testing::MemoryNetwork network_;
  adapters::PosixFiles files_;
  adapters::SystemClock clock_;
  std::string printed_;
  int turns_ = 0;
};

TEST_F(LabCommand, WritesWhatDescribesItAndSaysWhatToTypeNext) {
  options_.faults = "node-not-purged@apac-2/tenant-lmn";
  ASSERT_TRUE(run().has_value());
  EXPECT_TRUE(written("cachewitness.yaml").starts_with(lab::manifest_mark));
  EXPECT_EQ(written("tenants.csv"), "id\ntenant-abc\ntenant-xyz\ntenant-pqr\ntenant-lmn\ntenant-aaa\n");
  for (const char* part :
       {"12 edges in 4 regions, 2 origin replicas, 5 tenants", "apac-2, tenant-lmn: The edge acknowledges",
        "curl -X PURGE -H 'Host: cdn-us-west.example.com' http://127.0.0.1:", "/deploy?release=2",
        "cachewitness verify -m "}) {
    EXPECT_NE(printed_.find(part), std::string::npos) << part << " is not in:\n" << printed_;
  }
  EXPECT_EQ(turns_, 4);
}

TEST_F(LabCommand, ReplacesAManifestOfALabAndNoOther) {
  ASSERT_TRUE(run().has_value());
  EXPECT_TRUE(run().has_value());
  put("cachewitness.yaml", "version: 1\nproject: precious\n");
  const auto refused = run();
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().id, base::errors::usage);
  EXPECT_EQ(written("cachewitness.yaml"), "version: 1\nproject: precious\n");
}

TEST_F(LabCommand, LeavesAStrangersTenantsAlone) {
  put("tenants.csv", "id\nreal-customer\n");
  EXPECT_FALSE(run().has_value());
  EXPECT_EQ(written("tenants.csv"), "id\nreal-customer\n");
  EXPECT_FALSE(files_.exists(folder_ + "/cachewitness.yaml"));
}

TEST_F(LabCommand, ExplainsWhyItCannotStart) {
  options_.faults = "node-not-purgd";
  const auto unknown = run();
  ASSERT_FALSE(unknown.has_value());
  EXPECT_EQ(unknown.error().id, base::errors::unknown_name);
  options_.faults.clear();
  options_.regions = 0;
  EXPECT_FALSE(run().has_value());
}

TEST(LabOnRealSockets, WarmsDeploysPurgesAndShowsThePlantedFault) {
  const auto network = adapters::EpollNetwork::make().value();
  lab::LabSettings settings;
  settings.tenants = lab::tenant_names(50);
  settings.anchor = {adapters::SystemClock().wall(), network->now()};
  settings.faults = lab::parse_fault_orders("node-not-purged@eu-central-2/tenant-pqr").value();
  const auto lab = lab::Lab::start(*network, settings).value();
  const auto sweep = [&network](std::vector<lab::SweepRequest> requests) {
    return lab::Sweep(*network, std::move(requests), {}).run(network->now() + std::chrono::seconds(30));
  };
  const std::size_t pages = 12 * 50;
  EXPECT_EQ(sweep(lab::visits(lab->directory())).of(200), 2 * pages);
  ASSERT_TRUE(lab->deploy(2).has_value());
  EXPECT_EQ(sweep(lab::purges(lab->directory())).of(200), pages);

  testing::Visitor visitor(*network);
  for (const auto& edge : lab->directory().edges) {
    const auto seen = visitor.ask(edge.address, "GET", lab::host_of(edge.region), "/tenant-pqr/asset.js");
    const bool is_old = seen.body.find("release 1 ") != std::string::npos;
    EXPECT_EQ(is_old, edge.name == "eu-central-2") << edge.name;
    EXPECT_EQ(seen.field("x-cache"), is_old ? "HIT" : "MISS") << edge.name;
  }
}

}  // namespace
}  // namespace cachewitness::app
