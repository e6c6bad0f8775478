// The whole command over the lab in virtual time: two environments that are the lab's two regions.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <csignal>
#include <string>

#include <fmt/format.h>

#include "app/memory_fleet.h"
#include "app/parity_command.h"
#include "lab/fault.h"

namespace cachewitness {
namespace {

using ::testing::HasSubstr;
using testing::MemoryFleet;
using ::testing::StartsWith;

class Parity : public ::testing::Test {
 protected:
  Parity() {
    std::string yaml =
        "version: 1\ntenants: {from: tenants.csv}\nassets: [/asset.js]\nvariants:\n  identity: {}\n"
        "  gzip: {headers: {accept-encoding: gzip}}\nenvironments:\n";
    const lab::Directory& directory = fleet.lab().directory();
    for (const auto& [environment, region] : {std::pair{"staging", 0U}, std::pair{"production", 1U}}) {
      yaml += fmt::format(
          "  {}:\n    url: \"http://cdn-{{region}}.example.com/{{tenant.id}}{{asset}}\"\n"
          "    origin: {{replicas: [\"http://{}\"]}}\n    regions:\n      here:\n        edges:\n",
          environment, directory.replicas.front().address.text());
      for (const lab::Directory::Edge& edge : directory.edges) {
        if (edge.region == directory.regions[region]) {
          yaml += fmt::format("          - {{name: {}, address: \"{}\"}}\n", edge.name, edge.address.text());
        }
      }
    }
    // Edges pass on which replica filled them; an environment that is half seen would seem to know but one.
    yaml += "parity: {ignore: [server]}\n";
    fleet.files.contents["cachewitness.yaml"] = yaml;
    options.outputs.report = "report.json";
    options.outputs.evidence = "evidence.jsonl";
  }

  int run() { return app::run_parity(fleet.ports(), options); }
  boost::json::object report() { return fleet.report(); }
  std::string outcome() { return std::string(report().at("outcome").as_string()); }

  MemoryFleet fleet;
  app::ParityOptions options;
};

TEST_F(Parity, PassesWhereEnvironmentsAgreeAlthoughTheirHostsDiffer) {
  EXPECT_EQ(run(), 0);
  EXPECT_EQ(outcome(), "SUCCESS - staging and production agree in 96 cells.");
  EXPECT_EQ(report().at("pairs").at(0).at("cells").as_int64(), 96);
}

TEST_F(Parity, AsksEveryEdgeOnceACellAndNoOrigin) {
  EXPECT_EQ(run(), 0);
  const std::string& evidence = fleet.files.contents.at("evidence.jsonl");
  EXPECT_EQ(std::ranges::count(evidence, '\n'), 96 + 2);  // header and footer
}

TEST_F(Parity, MakesTheSameReportOfTheEvidence) {
  const std::string edge = fleet.lab().directory().edges.back().name;
  ASSERT_TRUE(fleet.lab().plant({lab::FaultKind::header_drift, edge, ""}));
  EXPECT_EQ(run(), 1);
  const std::string live = fleet.files.contents.at("report.json");
  ASSERT_EQ(report().at("findings").as_array().size(), 1U);
  EXPECT_EQ(report().at("findings").at(0).at("edges").at(0).as_string(), "production/here/" + edge);
  fleet.files.contents.erase("report.json");
  options.from = "evidence.jsonl";
  EXPECT_EQ(run(), 1);
  EXPECT_EQ(fleet.files.contents.at("report.json"), live);
}

TEST_F(Parity, IsInconclusiveWhereTheDeadlineCutsItShort) {
  ASSERT_TRUE(fleet.lab().plant({lab::FaultKind::hang_mid_head, "us-west-1", "*"}));
  options.common.timeout = std::chrono::milliseconds(1500);
  EXPECT_EQ(run(), 3);
  EXPECT_FALSE(report().at("complete").as_bool());
  EXPECT_EQ(report().at("why_incomplete").as_string(), "total deadline");
  EXPECT_THAT(outcome(), StartsWith("INCONCLUSIVE - ")) << fleet.console.out_text;
}

TEST_F(Parity, EndsAsInterruptedAndKeepsWhatItHas) {
  ASSERT_TRUE(fleet.lab().plant({lab::FaultKind::slow, "us-west-1", "*"}));
  fleet.interrupts.signal = std::pair(fleet.network().now() + std::chrono::milliseconds(200), SIGINT);
  EXPECT_EQ(run(), 130);
  EXPECT_FALSE(report().at("complete").as_bool());
  EXPECT_THAT(fleet.files.contents.at("evidence.jsonl"), HasSubstr("\"why_incomplete\":\"interrupted\""));
}

}  // namespace
}  // namespace cachewitness
