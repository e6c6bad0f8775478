// Any bytes to the lab's edge, origin and control endpoint: whatever they are, what comes back is HTTP, and
// the servers go on serving.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/assert.h"
#include "lab/lab.h"
#include "support/memory_network.h"
#include "support/visitor.h"

namespace {

using namespace std::chrono_literals;

cachewitness::lab::LabSettings small_lab() {
  cachewitness::lab::LabSettings settings;
  settings.regions = cachewitness::lab::region_names(1);
  settings.edges_per_region = 1;
  settings.tenants = cachewitness::lab::tenant_names(1);
  settings.replicas = 1;
  return settings;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  // The first byte says in which pieces the others arrive.
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  cachewitness::testing::MemoryNetwork network;
  cachewitness::testing::PathFaults pieces;
  pieces.segment_bytes = data[0];
  network.set_faults_of_others(pieces);
  const auto lab = cachewitness::lab::Lab::start(network, small_lab()).value();
  cachewitness::testing::Visitor visitor(network);
  visitor.set_patience(1s);
  const cachewitness::lab::Directory& directory = lab->directory();
  for (const auto& to : {directory.edges[0].address, directory.replicas[0].address, directory.control}) {
    const std::string heard = visitor.exchange(to, bytes);
    CW_ASSERT(heard.empty() || heard.starts_with("HTTP/1.1 "));
  }
  CW_ASSERT(lab->reset().has_value());
  const auto after = visitor.ask(directory.edges[0].address, "GET", "cdn-us-west.example.com", "/tenant-abc/asset.js");
  CW_ASSERT(after.status == 200 && after.is_whole);
  return 0;
}
