// `demo` with its two threads over real sockets: what TSan has to look at.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "app/demo_command.h"
#include "app/real_ports.h"
#include "support/memory_ports.h"

namespace cachewitness {
namespace {

TEST(Demo, TellsThePlantedTruthOverRealSockets) {
  auto real = app::RealPorts::make();
  ASSERT_TRUE(real);
  testing::MemoryConsole console;
  const app::Ports own = (*real)->ports();
  const app::Ports ports{own.clock,    own.entropy, own.environment, own.files,     own.processes,
                         own.resolver, own.network, console,         own.interrupts};
  const auto folder = std::filesystem::path(::testing::TempDir()) / "cachewitness-demo-test";
  app::DemoOptions options;
  options.directory = folder.string();
  options.tenants = 40;
  options.regions = 2;
  options.edges_per_region = 2;
  EXPECT_EQ(app::run_demo(ports, options, app::make_network), 0) << console.err_text;
  EXPECT_THAT(console.out_text, ::testing::HasSubstr("PARTIAL_SUCCESS - 37/40 tenants verified. Flagged 3 for retry."));
  EXPECT_TRUE(std::filesystem::exists(folder / "report.json"));
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace cachewitness
