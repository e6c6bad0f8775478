// Purge ports over a lab in memory: a PURGE takes effect at the edge that it is sent to, unless the test loses it. The
// journal is a file of the fleet's.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "app/memory_fleet.h"
#include "app/purge_ports.h"
#include "ports/control_plane.h"

namespace cachewitness::testing {

// Every cache of a fleet that can be told to purge.
class LabControlPlane {
 public:
  explicit LabControlPlane(MemoryFleet& fleet) : fleet_(fleet) {}

  // Answered with 200, and without effect.
  std::function<bool(const std::string& edge, const std::string& url)> loses = [](auto&, auto&) { return false; };
  // Answered with this status, and without effect; 0 = not so.
  std::function<int(const std::string& edge, const std::string& url)> refuses = [](auto&, auto&) { return 0; };
  // "us-west-1 http://cdn-us-west.example.com/tenant-abc/asset.js", in order; an address in place of an edge's name
  // where it is none of the lab's.
  std::vector<std::string> sent;

  // Requires: outlives what they make.
  [[nodiscard]] app::PurgePorts ports();

 private:
  class Plane;
  class Journal;

  MemoryFleet& fleet_;
};

// Gives the lab's environment a purge; `more` are further keys, such as ", widen: [host]".
void add_purge(MemoryFleet& fleet, const std::string& provider, const std::string& more = {});

}  // namespace cachewitness::testing
