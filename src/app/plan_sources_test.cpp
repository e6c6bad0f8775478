#include "app/plan_sources.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/sha256.h"
#include "skill/fault_ids.h"
#include "support/memory_network.h"
#include "support/memory_ports.h"

namespace cachewitness::testing {

namespace {

class PlanSourcesTest : public ::testing::Test {
 protected:
  PlanSourcesTest() {
    environment_.variables["PATH"] = "relative:/opt/bin:/usr/bin";
    files_.contents["/usr/bin/tool"] = "one";
    files_.contents["/skill/scripts/check.sh"] = "check";
  }

  MemoryNetwork network_;
  NetworkClock clock_{network_, base::Instant{0}};
  CountingEntropy entropy_;
  MemoryEnvironment environment_;
  MemoryFiles files_;
  ScriptedProcesses processes_;
  MemoryResolver resolver_;
  MemoryConsole console_;
  ScriptedInterrupts interrupts_{network_};
  app::Ports ports_{clock_, entropy_, environment_, files_, processes_, resolver_, network_, console_, interrupts_};
  skill::SkillFolder folder_{.directory = "/skill"};
};

}  // namespace

TEST_F(PlanSourcesTest, FindsProgramsOnPathAndInTheSkill) {
  const skill::PlanSources sources = app::plan_sources(ports_, folder_);
  const auto tool = sources.program("tool");
  ASSERT_TRUE(tool);
  EXPECT_EQ(tool->path, "/usr/bin/tool");
  EXPECT_EQ(tool->digest, adapters::sha256("one"));
  const auto own = sources.program("./scripts/check.sh");
  ASSERT_TRUE(own);
  EXPECT_EQ(own->path, "/skill/scripts/check.sh");
  for (const char* missing : {"absent", "./absent", "/absent"}) {
    const auto none = sources.program(missing);
    ASSERT_FALSE(none) << missing;
    EXPECT_EQ(none.error().id.slug, skill::faults::no_program.slug);
  }
}

// A matrix names a program once for each of its values, and a plan is of one moment.
TEST_F(PlanSourcesTest, ReadsAProgramOnceAPlan) {
  const skill::PlanSources sources = app::plan_sources(ports_, folder_);
  ASSERT_TRUE(sources.program("tool"));
  files_.contents["/usr/bin/tool"] = "another";
  EXPECT_EQ(sources.program("tool")->digest, adapters::sha256("one"));
  EXPECT_EQ(app::plan_sources(ports_, folder_).program("tool")->digest, adapters::sha256("another"));
}

TEST_F(PlanSourcesTest, NamesRegionsOnceAndEnvironmentsInOrder) {
  files_.contents["/shop.yaml"] =
      "version: 1\n"
      "tenants: [{id: a, host: a.example.com}]\n"
      "assets: [/x]\n"
      "environments:\n"
      "  one: {url: \"http://{tenant.host}{asset}\", origin: {replicas: [\"http://o\"]},\n"
      "        regions: {eu: {edges: [{name: e1, address: \"192.0.2.1:80\"}]}}}\n"
      "  two: {url: \"http://{tenant.host}{asset}\", origin: {replicas: [\"http://o\"]},\n"
      "        regions: {eu: {edges: [{name: e2, address: \"192.0.2.2:80\"}]},\n"
      "                  us: {edges: [{name: u, address: \"192.0.2.3:80\"}]}}}\n";
  const skill::PlanSources sources = app::plan_sources(ports_, folder_);
  EXPECT_THAT(sources.names("region", "/shop.yaml").value_or(std::vector<std::string>{}),
              ::testing::ElementsAre("eu", "us"));
  EXPECT_THAT(sources.names("environment", "/shop.yaml").value_or(std::vector<std::string>{}),
              ::testing::ElementsAre("one", "two"));
  EXPECT_FALSE(sources.names("region", "/absent.yaml"));
}

}  // namespace cachewitness::testing
